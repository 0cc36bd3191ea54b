import { SingleBar } from 'cli-progress'

export type Progress = {
  /** One more file is done, of so many bytes. */
  advance(bytes: number): void
  /** Prints a line beside the progress. */
  note(line: string): void
  stop(): void
}

type Total = { files: number; bytes: number }

const LINE_EVERY_MS = 2000
const BAR_EVERY_MS = 250
/** Speeds are those of the last seconds: files that were there already pass by at another pace. */
const WINDOW_MS = 10_000

/** Shows how far a number of files is: a bar on a terminal, elsewhere a line now and then. */
export function showProgress(total: Total, out: NodeJS.WriteStream): Progress {
  const meter = startMeter(total)
  const bar = out.isTTY ? startBar(total, out) : undefined
  const show = () => {
    if (bar) bar.update(meter.done(), { text: meter.text() })
    else out.write(`${meter.done()} of ${total.files} files, ${meter.text()}\n`)
  }
  const timer = setInterval(show, bar ? BAR_EVERY_MS : LINE_EVERY_MS)
  return {
    advance: meter.advance,
    note(line) {
      out.write(bar ? `\r\x1b[K${line}\n` : `${line}\n`)
    },
    stop() {
      clearInterval(timer)
      if (bar) show()
      bar?.stop()
    },
  }
}

function startBar({ files }: Total, stream: NodeJS.WriteStream): SingleBar {
  const format = '{bar} {value}/{total} files | {text}'
  const bar = new SingleBar({ format, stream, barsize: 24, forceRedraw: true, gracefulExit: false })
  bar.start(files, 0, { text: '' })
  return bar
}

/** Counts, and tells the pace of the last seconds. */
export function startMeter(total: Total, now: () => number = Date.now) {
  let files = 0
  let bytes = 0
  const marks = [{ at: now(), files, bytes }]
  return {
    done: () => files,
    advance(size: number) {
      files++
      bytes += size
    },
    /** `12.3 MB/s | 4.1 files/s | ETA 3 min 20 s`; called again and again, as it takes the time. */
    text(): string {
      marks.push({ at: now(), files, bytes })
      while (marks.length > 2 && marks[1]!.at <= now() - WINDOW_MS) marks.shift()
      const from = marks[0]!
      const seconds = Math.max((now() - from.at) / 1000, 0.001)
      const bytesPerSecond = (bytes - from.bytes) / seconds
      const left =
        bytesPerSecond > 0 ? describeSeconds((total.bytes - bytes) / bytesPerSecond) : '?'
      const filesPerSecond = ((files - from.files) / seconds).toFixed(1)
      return `${(bytesPerSecond / 1e6).toFixed(1)} MB/s | ${filesPerSecond} files/s | ETA ${left}`
    },
  }
}

export function describeSeconds(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

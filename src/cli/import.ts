import { Command } from 'commander'
import type { Config } from '../config.ts'
import type { Destination, Outcome } from './import/destination.ts'
import { describeOthers, findFiles, type MediaFile } from './import/find-files.ts'
import { importFiles } from './import/import-files.ts'
import { describeSeconds, showProgress } from './import/show-progress.ts'
import { type Target, withDestination, withTargetOptions } from './import/with-destination.ts'
import { onStopSignal } from './stop-signal.ts'

export const importCommand = (readConfig: () => Config): Command =>
  withTargetOptions(
    new Command('import')
      .description(
        'Bring photos and videos into an event: folders with all below them, or single files',
      )
      .argument('<paths...>', 'folders and files'),
  )
    .option('--json', 'last line of the output: {"stored":n,"duplicates":n,"rejected":n}')
    .addHelpText(
      'after',
      `
Photos are files named jpg, jpeg, png, webp, tif, tiff, avif, heic or heif, videos those named mp4, m4v, mov, mkv
or webm (they need ffmpeg); others are counted and left out. A video's time is what its camera wrote into it.
What the event has already is recognised by its content and not sent again, so an import that was
interrupted is continued by running it again. A file that is refused does not stop the others.

Without --url the files go into the data folder of this machine, whether or not "trackside up" runs on it:
it processes them now, or when it is started next.

  trackside import ./photos --event 1
  trackside import /media/card1 /media/card2 --event 1
  trackside import ./photos --event 7 --url https://photos.example.org --org 3    with TRACKSIDE_KEY set

Exit code: 0 when every file was handled, refused ones included; 1 when the import failed; 130 after Ctrl-C.`,
    )
    .action((paths: string[], options: ImportOptions) => runImport(readConfig(), paths, options))

type ImportOptions = Target & { json?: boolean }
type Rejected = { path: string; reason: string }

async function runImport(config: Config, paths: string[], options: ImportOptions): Promise<void> {
  // With --json standard output is for the result alone.
  const out = options.json ? process.stderr : process.stdout
  const say = (line: string) => out.write(`${line}\n`)
  let note: (line: string) => void = say
  const stopping = new AbortController()
  const { signal } = stopping
  void onStopSignal(() => {
    stopping.abort()
    note('Stopping after the files in hand … (Ctrl-C again: at once)')
  })

  const rejected: Rejected[] = []
  const counts: Record<Outcome['status'], number> = { stored: 0, duplicate: 0, rejected: 0 }
  const refuse = (file: Rejected) => {
    counts.rejected++
    rejected.push(file)
  }
  let others: string | undefined
  let startedAt = Date.now()
  const importInto = async (destination: Destination) => {
    const found = await findFiles(paths, { signal })
    others = describeOthers(found)
    found.unreadable.forEach(refuse)
    const files = found.files.length
    const bytes = found.files.reduce((sum, file) => sum + file.bytes, 0)
    say(
      files === 0
        ? 'No photos or videos found.'
        : `${[...countKinds(found.files), megabytes(bytes)].join(', ')}`,
    )
    startedAt = Date.now()
    const progress = showProgress({ files, bytes }, out)
    note = progress.note
    try {
      await importFiles(destination, found.files, {
        concurrency: options.concurrency,
        signal,
        onOutcome({ path, bytes }, outcome) {
          if (outcome.status === 'rejected') refuse({ path, reason: outcome.reason })
          else counts[outcome.status]++
          progress.advance(bytes)
        },
      })
    } finally {
      progress.stop()
      note = say
    }
  }
  try {
    // A wrong event is told before the files are looked for: on a slow disk that takes minutes.
    const told = { note: (line: string) => note(line), signal }
    await withDestination(config, options, told, importInto)
  } catch (error) {
    if (!signal.aborted) throw error // else a wait for the server or the disk was cut short
  }

  const { stored, duplicate: duplicates } = counts
  const took = describeSeconds((Date.now() - startedAt) / 1000)
  say(`${stored} stored, ${duplicates} there already, ${rejected.length} rejected in ${took}`)
  for (const { path, reason } of rejected) say(`  rejected ${path}: ${reason}`)
  if (others) say(others)
  if (signal.aborted) {
    say('Stopped early: run the same command again to continue.')
    process.exitCode = 130
  }
  if (options.json) console.log(JSON.stringify({ stored, duplicates, rejected: rejected.length }))
}

/** `3 photos`, `1 video`: those that there are. */
function countKinds(files: readonly MediaFile[]): string[] {
  return (['photo', 'video'] as const).flatMap((kind) => {
    const count = files.filter((file) => file.kind === kind).length
    return count === 0 ? [] : `${count} ${kind}${count === 1 ? '' : 's'}`
  })
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

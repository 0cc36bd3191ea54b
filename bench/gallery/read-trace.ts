/** What a trace of Chromium says about one opening of a page, in milliseconds from the navigation on. */
export type Opening = {
  firstPhotoMs: number
  largestPaintMs: number
  layoutShift: number
  longTasks: number
  longestTaskMs: number
  blockedMs: number
}

type TraceEvent = {
  name: string
  ts: number
  dur?: number
  tid: number
  pid: number
  args: {
    data?: {
      type?: string
      score?: number
      isLoadingMainFrame?: boolean
      documentLoaderURL?: string
    }
  }
}

/** Longer than this a task keeps the page from answering at once; what is longer counts as blocking. */
const LONG_TASK_MS = 50

/** @param url of the page: the trace begins with an empty one */
export function readTrace(trace: Buffer, url: string): Opening {
  const { traceEvents: events }: { traceEvents: TraceEvent[] } = JSON.parse(String(trace))
  const start = events.findLast(
    ({ name, args }) => name === 'navigationStart' && args.data?.documentLoaderURL?.startsWith(url),
  )
  if (!start) throw new Error(`the trace has no navigation to ${url}`)
  const since = events.filter(({ ts, pid }) => ts >= start.ts && pid === start.pid)
  const after = ({ ts }: TraceEvent) => (ts - start.ts) / 1000
  const paints = since
    .filter(({ name }) => name === 'largestContentfulPaint::Candidate')
    .toSorted((a, b) => a.ts - b.ts)
  const photo = paints.find(({ args }) => args.data?.type === 'image')
  const largest = paints.at(-1)
  if (!photo || !largest) throw new Error('the trace has no paint of a photo')
  const tasks = since
    .filter(({ name, tid }) => name === 'RunTask' && tid === start.tid)
    .map(({ dur = 0 }) => dur / 1000)
    .filter((ms) => ms > LONG_TASK_MS)
  return {
    firstPhotoMs: after(photo),
    largestPaintMs: after(largest),
    layoutShift: since
      .filter(({ name }) => name === 'LayoutShift')
      .reduce((sum, { args }) => sum + (args.data?.score ?? 0), 0),
    longTasks: tasks.length,
    longestTaskMs: Math.max(0, ...tasks),
    blockedMs: tasks.reduce((sum, ms) => sum + ms - LONG_TASK_MS, 0),
  }
}

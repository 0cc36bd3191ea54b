import type { MotionSettings } from './settings.ts'

/** A stretch in which somebody was seen. */
export type Appearance = {
  readonly startSeconds: number
  readonly endSeconds: number
  /** Comparable within a search; more is surer. */
  readonly score: number
  readonly percentage: number
  readonly thread: string | null
}

/** Its thread is that of its best appearance. */
export type Moment = Appearance & {
  /** Of the other appearances in it. */
  readonly otherThreads: readonly string[]
}

type Rules = Pick<
  MotionSettings,
  'maxGap' | 'minSegment' | 'paddingStart' | 'paddingEnd' | 'maxClip'
>

/**
 * The stretches of one video worth a clip, the best first: appearances joined over short gaps, short ones left out, padded,
 * clamped to the video, joined again where they meet, and long ones cut around their best part.
 *
 * @param reach half of the time between two samples: a face seen at one was there that much before and after
 */
export function formMoments(
  appearances: readonly Appearance[],
  rules: Rules,
  { durationSeconds, reach }: { durationSeconds: number; reach: number },
): Moment[] {
  const { maxGap, minSegment, paddingStart, paddingEnd, maxClip } = rules
  const seen = appearances
    .map((one) => ({
      ...one,
      startSeconds: one.startSeconds - reach,
      endSeconds: one.endSeconds + reach,
      best: one,
      otherThreads: [],
    }))
    .sort((a, b) => a.startSeconds - b.startSeconds)
  const padded = join(seen, maxGap)
    .filter(({ startSeconds, endSeconds }) => endSeconds - startSeconds >= minSegment)
    .map((run) => ({
      ...run,
      startSeconds: Math.max(0, run.startSeconds - paddingStart),
      endSeconds: Math.min(durationSeconds, run.endSeconds + paddingEnd),
    }))
  return join(padded, 0)
    .map((run) => cutAround(run, maxClip))
    .sort((a, b) => b.score - a.score || a.startSeconds - b.startSeconds)
    .map(({ best: _, ...moment }) => ({
      ...moment,
      startSeconds: round(moment.startSeconds),
      endSeconds: round(moment.endSeconds),
    }))
}

type Run = Moment & { best: Appearance }

function join(runs: readonly Run[], maxGap: number): Run[] {
  const joined: Run[] = []
  for (const run of runs) {
    const last = joined.at(-1)
    if (!last || run.startSeconds - last.endSeconds > maxGap) {
      joined.push(run)
      continue
    }
    const better = run.score > last.score ? run : last
    joined[joined.length - 1] = {
      ...better,
      startSeconds: last.startSeconds,
      endSeconds: Math.max(last.endSeconds, run.endSeconds),
      otherThreads: othersOf(better, [last, run]),
    }
  }
  return joined
}

function othersOf({ thread }: Run, runs: readonly Run[]): string[] {
  const all = new Set(runs.flatMap((run) => [run.thread ?? [], run.otherThreads].flat()))
  return [...all].filter((one) => one !== thread)
}

/** At most `maxClip` long, with the middle of the best appearance in its middle where the run allows it. */
function cutAround(run: Run, maxClip: number): Run {
  const { startSeconds, endSeconds, best } = run
  if (endSeconds - startSeconds <= maxClip) return run
  const middle = (best.startSeconds + best.endSeconds) / 2
  const start = Math.min(Math.max(startSeconds, middle - maxClip / 2), endSeconds - maxClip)
  return { ...run, startSeconds: start, endSeconds: start + maxClip }
}

/** Milliseconds, so that the same moment is the same clip. */
const round = (seconds: number) => Math.round(seconds * 1000) / 1000

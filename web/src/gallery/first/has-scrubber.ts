import type { Timeline } from '../types.ts'

/** Fewer photos are scrolled through sooner than scrubbed. */
const SCRUBBED_FROM = 40

export const hasScrubber = (timeline: Timeline | undefined): boolean =>
  timeline !== undefined && timeline.total >= SCRUBBED_FROM && timeline.minutes.length > 3

import type { Timeline } from '../types.ts'

/** A bar of the rail: a span of minutes, and where its photos stand in the list. */
export type Bar = {
  minute: number
  minutes: number
  count: number
  offset: number
  segment: number
}
export type Rail = { bars: Bar[]; total: number; timed: number; most: number }

/** Time without a photo longer than this is left out: nights, the way between two races. */
const BREAK_MINUTES = 75
/** Bars left free where time is left out. */
const BREAK_BARS = 1

/**
 * Cuts the time in which photos were taken into about as many bars as fit.
 *
 * @param wanted bars at most
 */
export function railOf({ minutes, total, untimed }: Timeline, wanted: number): Rail {
  const segments = segmentsOf(minutes)
  const busy = segments.reduce((sum, [first, last]) => sum + last - first + 1, 0)
  const room = Math.max(1, wanted - (segments.length - 1) * BREAK_BARS)
  const span = Math.max(1, Math.ceil(busy / room))
  const bars: Bar[] = []
  let at = 0
  let offset = 0
  for (const [segment, [first, last]] of segments.entries()) {
    if (segment > 0) bars.push({ minute: first, minutes: 0, count: 0, offset, segment })
    for (let minute = first; minute <= last; minute += span) {
      let count = 0
      for (; at < minutes.length && minutes[at]![0] < minute + span; at++) count += minutes[at]![1]
      bars.push({ minute, minutes: span, count, offset, segment })
      offset += count
    }
  }
  return {
    bars,
    total,
    timed: total - untimed,
    most: bars.reduce((most, { count }) => Math.max(most, count), 0),
  }
}

function segmentsOf(minutes: Timeline['minutes']): [first: number, last: number][] {
  const segments: [number, number][] = []
  for (const [minute] of minutes) {
    const current = segments.at(-1)
    if (current && minute - current[1] <= BREAK_MINUTES) current[1] = minute
    else segments.push([minute, minute])
  }
  return segments
}

/** The photo at a place of the rail. @param fraction 0 at its beginning, 1 at its end */
export function offsetAt({ bars, timed }: Rail, fraction: number): number {
  const place = Math.min(1, Math.max(0, fraction)) * bars.length
  const bar = bars[Math.floor(place)]
  if (!bar) return Math.max(0, timed - 1)
  const inside = Math.floor((place - Math.floor(place)) * bar.count)
  return Math.min(bar.offset + inside, Math.max(0, timed - 1))
}

/** The place of a photo on the rail, 0 to 1; photos without a time stand at its end. */
export function fractionAt({ bars, timed }: Rail, offset: number): number {
  if (offset >= timed) return 1
  let [low, high] = [0, bars.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (bars[middle]!.offset <= offset) low = middle
    else high = middle - 1
  }
  const bar = bars[low]
  if (!bar || bar.count === 0) return 0
  return (low + (offset - bar.offset) / bar.count) / bars.length
}

/** The minute (since 1970) in which the photo at an offset was taken; undefined where it has no time. */
export function minuteAt({ minutes }: Timeline, offset: number): number | undefined {
  let before = 0
  for (const [minute, count] of minutes) {
    before += count
    if (offset < before) return minute
  }
  return undefined
}

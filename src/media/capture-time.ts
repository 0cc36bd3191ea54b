export type CaptureTime = {
  /** `YYYY-MM-DDTHH:MM:SS[.ffffff]` on the camera's clock, sub-seconds included: no zone is applied. */
  readonly wallTime: string | null
  /** How far the camera says its clock is ahead of UTC, in minutes. Most cameras do not say. */
  readonly offsetMinutes: number | null
  /** For people: why there is no time. */
  readonly note: string | null
}

/** What one source wrote; the fields are used as found in the file. */
export type TimeTags = readonly [
  time: string | undefined,
  offset?: string | undefined,
  subSeconds?: string | undefined,
]

/** The first usable of several times, most trusted first; times in the future are left to the reader. */
export function findCaptureTime(candidates: readonly TimeTags[]): CaptureTime {
  const written = candidates.filter(([time]) => time)
  for (const tags of written) {
    const found = parseTime(tags)
    if (found) return { ...found, note: null }
  }
  const first = written[0]?.[0]
  return { wallTime: null, offsetMinutes: null, note: first ? explain(first) : NO_TIME }
}

const NO_TIME = 'The photo says nothing about when it was taken.'

/** Digital cameras with EXIF came in 1995; earlier years are a lost clock or a scanned print. */
const EARLIEST_YEAR = 1990

function explain(time: string): string {
  if (/^[\s0:.T-]*$/.test(time)) return 'The camera wrote an empty time: its clock was not set.'
  const shown = time.length > 40 ? `${time.slice(0, 40)}…` : time
  return `The photo's time “${shown}” is not a usable date.`
}

/** EXIF writes `2025:05:11 09:12:33`, XMP `2025-05-11T09:12:33.45+02:00`; seconds may be missing. */
const TIME =
  /^(\d{4})[:\-/](\d\d)[:\-/](\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(Z|[+-]\d\d:?\d\d)?$/

function parseTime([time = '', offset, subSeconds]: TimeTags) {
  const [, year, month, day, hour, minute, second = '00', fraction, ownOffset] =
    TIME.exec(time.trim()) ?? []
  const date = `${year}-${month}-${day}`
  const clock = `${hour}:${minute}:${second}`
  if (!isRealTime(date, clock) || Number(year) < EARLIEST_YEAR) return undefined
  const digits = (fraction ?? /^\d+/.exec(subSeconds?.trim() ?? '')?.[0])?.slice(0, 6)
  return {
    wallTime: `${date}T${clock}${digits ? `.${digits}` : ''}`,
    offsetMinutes: parseOffset(ownOffset ?? offset?.trim() ?? ''),
  }
}

/** Date rolls February 30 over to March: a real time is one that comes back as it went in. */
function isRealTime(date: string, clock: string): boolean {
  const instant = new Date(`${date}T${clock}Z`)
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(`${date}T${clock}`)
}

/** Zones reach from -12:00 to +14:00. */
function parseOffset(text: string): number | null {
  if (text === 'Z') return 0
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(text) ?? []
  const size = Number(hours) * 60 + Number(minutes)
  if (!(size <= 14 * 60) || Number(minutes) > 59) return null
  return sign === '-' && size > 0 ? -size : size
}

/** A window of wall time, in minutes from midnight, `[fromMinutes, toMinutes)`; `local` is the time asked for, HH:mm. */
export type TimeOfDay = { fromMinutes: number; toMinutes: number; local: string }

/** Who asks for 9:41 has looked at a watch that is a little off: shown is from two minutes before to the end of the second after. */
const BEFORE = 2
const AFTER = 3

/** 9:41, 09.41, 9h41, 9h, 9:41 pm, 9 am, 9時41分, 21:41 Uhr. */
const TIME = String.raw`(\d{1,2})(?:\s*[:.h時]\s*(\d{2})?\s*分?)?(?::\d{2})?\s*(am|pm|a\.m\.|p\.m\.)?`
const WHOLE = new RegExp(
  `^${TIME}(?:\\s*(?:[-–—]|to|bis|à|até|a|से|~|〜)\\s*${TIME})?(?:\\s*(?:uhr|hs?))?$`,
)

/** A time of day, or a span of two, as people type it; undefined for anything else. A bare number is a bib, not an hour. */
export function parseTimeOfDay(text: string): TimeOfDay | undefined {
  const asked = text.normalize('NFKC').trim().toLowerCase()
  const found = WHOLE.exec(asked)
  if (!found || !/[:.h時]|[ap]\.?m/.test(asked)) return undefined
  const [, hour, minute, half, endHour, endMinute, endHalf] = found
  // 9-10 pm: the half of the day stands for both.
  const from = minutesOf(hour, minute, half ?? (endHour ? endHalf : undefined))
  if (from === undefined) return undefined
  const local = `${String(Math.floor(from / 60)).padStart(2, '0')}:${String(from % 60).padStart(2, '0')}`
  if (endHour === undefined) return { fromMinutes: from - BEFORE, toMinutes: from + AFTER, local }
  const end = minutesOf(endHour, endMinute, endHalf)
  if (end === undefined) return undefined
  // Past midnight: 23:30-0:15.
  return { fromMinutes: from, toMinutes: end > from ? end : end + 24 * 60, local }
}

function minutesOf(
  hour: string | undefined,
  minute: string | undefined,
  half: string | undefined,
): number | undefined {
  const [h, m] = [Number(hour), Number(minute ?? 0)]
  if (m > 59 || h > (half ? 12 : 23) || (half && h === 0)) return undefined
  const offset = half?.startsWith('p') ? 12 : 0
  return ((half ? h % 12 : h) + offset) * 60 + m
}

import { CLOCK, instant, WEEKDAY } from '../i18n/words.ts'
import type { Bar, Rail } from './rail.ts'

export type Mark = { at: number; text: string; isDay: boolean }

/** Room a written hour takes, px. */
const HOUR_PX = 46
const DAY_PX = 76

/**
 * What is written below the rail: days where there are several, and as many full hours as have room.
 *
 * @param width of the rail, px
 */
export function marksOf({ bars }: Rail, zone: string, width: number): Mark[] {
  if (bars.length === 0) return []
  const at = (index: number) => index / bars.length
  const days = bars.map((bar) => instant(bar.minute * 60_000, zone, DATE))
  const hours = bars.map((bar) => instant(bar.minute * 60_000, zone, HOUR))
  const marks: Mark[] = []
  const hasDays = new Set(days).size > 1
  let free = 0
  const put = (index: number, text: string, isDay: boolean) => {
    const room = isDay ? DAY_PX : HOUR_PX
    const left = Math.min(at(index) * width, width - room)
    if (left < free) return
    marks.push({ at: left / width, text, isDay })
    free = left + room
  }
  for (const [index, bar] of bars.entries()) {
    if (bar.minutes === 0) continue
    const isNewDay = days[index] !== days[index - 1]
    if (hasDays && isNewDay) put(index, instant(bar.minute * 60_000, zone, WEEKDAY), true)
    else if (!hasDays && index === 0) put(0, timeOf(bar, zone), false)
    else if (hours[index] !== hours[index - 1]) put(index, fullHour(bar, zone), false)
  }
  return marks
}

const timeOf = (bar: Bar, zone: string) => instant(bar.minute * 60_000, zone, CLOCK)

/** A bar in which an hour begins carries that hour, though it may begin a few minutes before. */
function fullHour(bar: Bar, zone: string): string {
  const past = Number(instant(bar.minute * 60_000, zone, MINUTE))
  return instant((bar.minute - past) * 60_000, zone, CLOCK)
}

const DATE: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'numeric' }
const HOUR: Intl.DateTimeFormatOptions = { hour: 'numeric' }
const MINUTE: Intl.DateTimeFormatOptions = { minute: 'numeric' }

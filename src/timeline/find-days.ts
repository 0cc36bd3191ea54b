import type { Db } from '../db/connect.ts'
import { countByHour } from './queries.ts'

export type Day = { date: string; total: number; hours: { hour: number; count: number }[] }

/** How many photos were taken in each hour of each UTC day; empty hours and days are left out. */
export async function findDays({ db }: { db: Db }, eventId: number): Promise<Day[]> {
  const days = new Map<string, Day>()
  for (const { hour, count } of await countByHour(db, eventId)) {
    const date = hour.toISOString().slice(0, 10)
    const day = days.get(date) ?? { date, total: 0, hours: [] }
    day.total += count
    day.hours.push({ hour: hour.getUTCHours(), count })
    days.set(date, day)
  }
  return [...days.values()]
}

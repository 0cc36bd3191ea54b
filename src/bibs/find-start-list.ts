import type { Db } from '../db/connect.ts'
import { type StartList, startListOf } from './choose-bibs.ts'
import { findStartListBibs } from './queries.ts'

/** Lists read lately, by event and revision: 50,000 participants are not read again for every photo. */
const cache = new Map<string, StartList | undefined>()
const MAX_LISTS = 8

/** The start list of an event at a revision; undefined when it has none. */
export async function findStartList(
  db: Db,
  eventId: number,
  revision: number,
): Promise<StartList | undefined> {
  if (revision === 0) return undefined
  const key = `${eventId}/${revision}`
  if (cache.has(key)) return cache.get(key)
  const bibs = await findStartListBibs(db, eventId)
  const list = bibs.length > 0 ? startListOf(bibs) : undefined
  if (cache.size >= MAX_LISTS) cache.clear()
  cache.set(key, list)
  return list
}

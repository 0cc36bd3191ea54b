import { bibKey, findStartList, isBib, searchByBib } from '../bibs/index.ts'
import type { Db } from '../db/connect.ts'
import { type Event, isOn } from '../events/index.ts'
import type { Slice } from '../http/paging.ts'
import { findWindowPage, type Page, type PhotoRow } from '../photos/index.ts'
import { parseTimeOfDay, type TimeOfDay } from './parse-time.ts'
import { findPeople, findPhotosOfBibs, findWindowsOfDay } from './queries.ts'
import type { Understood } from './schema.ts'

export type FoundPhotos = Page<PhotoRow> & { understood: Understood }

type Deps = { db: Db }
type Asked = { event: Event; text: string }

/** People of one name whose photos are shown at once; a longer answer would be no answer. */
const MAX_PEOPLE = 20

const nothing = (reason: 'no_such_bib' | 'not_understood' | 'switched_off'): FoundPhotos => ({
  understood: { kind: 'none', reason },
  rows: [],
  total: 0,
})

/** What one box finds: a time of day, else a bib, else (where the event allows it) a name. */
export async function searchPhotos(
  deps: Deps,
  { event, text }: Asked,
  slice: Slice,
): Promise<FoundPhotos> {
  const asked = text.normalize('NFC').trim()
  const time = parseTimeOfDay(asked)
  if (time)
    return isOn(event, 'timeline_search')
      ? findAtTime(deps, { event, time }, slice)
      : nothing('switched_off')
  const found = (await findByBib(deps, { event, text: asked }, slice)) ?? nothing('not_understood')
  if (found.understood.kind === 'bib') return found
  return (await findByName(deps, { event, text: asked }, slice)) ?? found
}

/** Undefined for what cannot be a bib of this event: letters alone are one only where the start list has it. */
async function findByBib(
  { db }: Deps,
  { event, text }: Asked,
  slice: Slice,
): Promise<FoundPhotos | undefined> {
  const bib = text.replace(/^[#№]\s*/, '')
  if (!isBib(bib)) return undefined
  const list = await findStartList(db, event.id, event.startListRevision)
  const entered = list?.bibOf(bibKey(bib))
  if (entered === undefined && !/\d/.test(bib)) return undefined
  if (!event.bibSearch) return nothing('switched_off')
  const page = await searchByBib({ db }, { eventId: event.id, bib }, slice)
  if (page.total === 0 && list && entered === undefined) return nothing('no_such_bib')
  return { understood: { kind: 'bib', bib: entered ?? bib }, ...page }
}

/** Undefined when the event allows no names, or has nobody of this one. */
async function findByName(
  { db }: Deps,
  { event, text }: Asked,
  slice: Slice,
): Promise<FoundPhotos | undefined> {
  const words = text.split(/[\s,.'-]+/).filter((word) => word !== '')
  if (!event.nameSearch || words.length === 0 || words.join('').length < 2) return undefined
  const people = await findPeople(db, event.id, { words: words.slice(0, 6), limit: MAX_PEOPLE })
  if (people.length === 0) return undefined
  const bibKeys = people.map((person) => person.bibKey)
  const page = await findPhotosOfBibs(db, { eventId: event.id, bibKeys }, slice)
  return {
    understood: { kind: 'name', people: people.map(({ bib, name }) => ({ bib, name })) },
    ...page,
  }
}

/** The photos of a time of day, on every day that has some, one day after the other. */
async function findAtTime(
  { db }: Deps,
  { event, time }: { event: Event; time: TimeOfDay },
  { offset, limit }: Slice,
): Promise<FoundPhotos> {
  const windows = await findWindowsOfDay(db, event, time)
  const rows: PhotoRow[] = []
  let total = 0
  let shown: { from: Date; to: Date } | undefined
  for (const window of windows) {
    const slice = { offset: Math.max(0, offset - total), limit: limit - rows.length }
    const page = await findWindowPage(db, event.id, { ...window, ...slice })
    rows.push(...page.rows)
    total += page.total
    if (page.total > 0) shown ??= window
  }
  const window = shown ?? windows[0]!
  return {
    understood: {
      kind: 'time',
      from: window.from.toISOString(),
      to: window.to.toISOString(),
      local: time.local,
    },
    rows,
    total,
  }
}

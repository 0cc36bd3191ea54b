import { findBibPlaces } from '../bibs/index.ts'
import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import { findFacesOfPerson, findWearer } from '../faces/index.ts'
import type { Hiding, Hidings, Template } from '../hiding/index.ts'
import { findThreadsOfPerson, findThreadsWithBib } from '../motion/index.ts'

export type FindDeps = { db: Db; hidings: Hidings }

export type FoundPerson = {
  faces: Awaited<ReturnType<typeof findFacesOfPerson>>['faces']
  /** Where the number was read; of a selfie, nowhere. */
  bibs: { photoId: string; boxes: (readonly number[])[] }[]
  threads: string[]
  /** What knows the person by now; of a bib, only while this runs. */
  template: Template
}

/** All there is of the person of a hiding in the photos and videos of an event; changes nothing. */
export async function findPerson(
  deps: FindDeps,
  { event, hiding }: { event: Event; hiding: Hiding },
  signal: AbortSignal,
): Promise<FoundPerson> {
  const { db, hidings } = deps
  if (hiding.kind === 'bib') {
    const bibs = await findBibPlaces(db, toForget(hiding))
    const worn = await findWearer(db, { event, places: bibs })
    const { faces, template } = await findFacesOfPerson(db, { event, ...worn }, signal)
    const threads = [
      ...(await findThreadsWithBib(db, event, hiding.bib ?? '')),
      ...(await findThreadsOfPerson(deps, { event, template })),
    ]
    return { faces: [...worn.faces, ...faces], bibs, threads: [...new Set(threads)], template }
  }
  const ref = { eventId: event.id, hidingId: hiding.id }
  const own = hiding.template ? await hidings.open(ref, hiding.template) : []
  const { faces, template } = await findFacesOfPerson(db, { event, template: own }, signal)
  const threads = await findThreadsOfPerson(deps, { event, template })
  return { faces, bibs: [], template, threads }
}

export const toForget = ({ eventId, id: hidingId, bibKeys }: Hiding) => ({
  eventId,
  hidingId,
  keys: bibKeys ?? [],
})

import { keysOfBib } from '../bibs/index.ts'
import type { Db, Tx } from '../db/connect.ts'
import { type Event, eventNotFound, lockEvent } from '../events/index.ts'
import {
  FACE_MODEL,
  faceModelOf,
  findFaceModels,
  readSelfies,
  type SelfieReader,
  selfieMissing,
  toBytes,
} from '../faces/index.ts'
import {
  countAsked,
  destroyTemplateKey,
  findHidingOfBib,
  type Hiding,
  insertHiding,
  type ModelTemplate,
  sealTemplate,
} from '../hiding/index.ts'
import { newId } from '../lib/ids.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { confirmHiding, type EnqueueForget } from './confirm-hiding.ts'
import { tooManyAsked } from './errors.ts'

export type AskDeps = {
  db: Db
  store: ObjectStore
  selfieReader: SelfieReader
  enqueueForget: EnqueueForget
}

export type Asker = {
  /** Who asks, in words for people. */
  askedBy: string
  /** An organiser's asking is the confirmation; a participant's waits for one. */
  isConfirmed: boolean
}

export const PARTICIPANT: Asker = { askedBy: 'a participant', isConfirmed: false }

/** Wishes of an event that wait for its organiser at most: more are made by nobody but a program. */
const MAX_ASKED = 1000

/**
 * Asks that nobody be found by a bib. It holds for later photos too, and keeps the number alone. Asked again, the hiding that is
 * there is given, confirmed if an organiser asks.
 *
 * @throws event_not_found, rate_limited
 */
export async function askToHideBib(
  deps: Pick<AskDeps, 'db' | 'enqueueForget'>,
  { event, bib, by }: { event: Event; bib: string; by: Asker },
): Promise<Hiding> {
  const bibKeys = keysOfBib(bib)
  return deps.db.transaction().execute(async (tx) => {
    if (!(await lockEvent(tx, event.id))) throw eventNotFound(event.id)
    const there = await findHidingOfBib(tx, event.id, bibKeys)
    if (!there) await assertRoom(tx, event.id, by)
    const hiding =
      there ??
      (await insertHiding(tx, { ...rowOf(event, by), kind: 'bib', bib: bib.trim(), bibKeys }))
    return confirmIfOrganiser(deps, tx, hiding, by)
  })
}

/**
 * Asks that the person of some selfies not be found. The selfies are not kept. What tells the face apart is kept, sealed: for a
 * lasting hiding until it is lifted, else until what there is has gone.
 *
 * @throws selfie_missing, selfie_not_a_picture, selfie_without_face, recognition_busy, rate_limited, event_not_found
 */
export async function askToHideSelfie(
  deps: AskDeps,
  {
    event,
    selfies,
    isLasting,
    by,
  }: { event: Event; selfies: readonly Uint8Array[]; isLasting: boolean; by: Asker },
  signal?: AbortSignal,
): Promise<Hiding> {
  if (selfies.length === 0) throw selfieMissing()
  const { searched, wanted } = await findFaceModels(deps.db, event.id)
  const template: ModelTemplate[] = []
  // The built-in model too: it is always there, and looks at every video.
  for (const id of new Set([searched, wanted, FACE_MODEL.id])) {
    const embeddings = await readSelfies(deps, { selfies, model: faceModelOf(id) }, signal)
    template.push({ model: id, selfies: embeddings.map(toBytes), expanded: null })
  }
  const row = { ...rowOf(event, by), kind: 'selfie' as const, lasting: isLasting }
  const ref = { eventId: event.id, hidingId: row.id }
  const sealed = await sealTemplate(deps, ref, template)
  return deps.db
    .transaction()
    .execute(async (tx) => {
      if (!(await lockEvent(tx, event.id))) throw eventNotFound(event.id)
      await assertRoom(tx, event.id, by)
      const hiding = await insertHiding(tx, { ...row, template: sealed })
      return confirmIfOrganiser(deps, tx, hiding, by)
    })
    .catch(async (error: unknown) => {
      await destroyTemplateKey(deps, ref)
      throw error
    })
}

async function assertRoom(tx: Tx, eventId: number, { isConfirmed }: Asker): Promise<void> {
  if (!isConfirmed && (await countAsked(tx, eventId)) >= MAX_ASKED) throw tooManyAsked()
}

const rowOf = (event: Event, { askedBy }: Asker) => ({
  eventId: event.id,
  id: newId(),
  lasting: true,
  askedBy,
})

const confirmIfOrganiser = (
  deps: Pick<AskDeps, 'enqueueForget'>,
  tx: Tx,
  hiding: Hiding,
  { isConfirmed, askedBy }: Asker,
): Promise<Hiding> | Hiding =>
  isConfirmed && !hiding.confirmedAt ? confirmHiding(deps, tx, hiding, askedBy) : hiding

import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import type { Hidings } from '../hiding/index.ts'
import type { Slice } from '../http/paging.ts'
import { isUuid, newId } from '../lib/ids.ts'
import { type FaceModel, faceModelOf } from './engine/face-model.ts'
import { invalidRequestId, requestNotFound, selfieMissing, selfieWithoutFace } from './errors.ts'
import { isHiddenSelfie, modelsToTell } from './hidden-faces.ts'
import { type MatchDeps, matchFaces } from './match-faces.ts'
import { findFaceModels } from './model-queries.ts'
import { countHits, findHits, findSearch, type HitRow, insertSearch } from './search-queries.ts'

/**
 * The embedding of the largest face as a model sees it; undefined when there is none. Without an id: the built-in model. The
 * picture is not kept.
 */
export type SelfieReader = (
  selfie: Uint8Array,
  signal?: AbortSignal,
  model?: string,
) => Promise<Float32Array | undefined>

/** A selfie's face as a model sees it. */
export type ReadSelfie = { model: FaceModel; embedding: Float32Array }

export type FaceSearchDeps = MatchDeps & {
  hidings: Hidings
  selfieReader: SelfieReader
  /** Where else the face is looked for while the selfies are known: in videos. */
  noteSelfie: (search: {
    event: Event
    requestId: string
    selfies: readonly Uint8Array[]
    /** The first of them that shows a face. */
    read: ReadSelfie
  }) => Promise<void>
}
export type FaceSearchPage = {
  requestId: string
  confidencePercentage: number
  rows: HitRow[]
  total: number
}

/** A change of model takes the time of a re-index: one that comes during a search is not followed by a second. */
const MAX_ROUNDS = 3

/** Searches that run now, by event and id: the second of two with one id waits for the first. */
const running = new Map<string, Promise<void>>()

/**
 * Finds the photos of an event that show the face of a selfie, stores the result under `requestId` and gives its first page. A
 * request id that was searched before gives the stored result and ignores the selfie. Of several selfies, all of one person,
 * those without a face are left out.
 *
 * @throws selfie_missing, selfie_empty, selfie_not_a_picture, selfie_without_face, invalid_request_id, recognition_busy
 */
export async function searchBySelfie(
  deps: FaceSearchDeps,
  {
    event,
    selfies,
    requestId,
  }: { event: Event; selfies: readonly Uint8Array[]; requestId?: string | undefined },
  slice: Slice,
  signal?: AbortSignal,
): Promise<FaceSearchPage> {
  if (requestId !== undefined && !isUuid(requestId)) throw invalidRequestId(requestId)
  const id = (requestId ?? newId()).toLowerCase()
  const ref = { eventId: event.id, requestId: id }
  if (requestId === undefined || !(await findSearch(deps.db, ref))) {
    if (selfies.length === 0) throw selfieMissing()
    await once(`${event.id}/${id}`, () =>
      runSearch(deps, { event, selfies, requestId: id }, signal),
    )
  }
  return findStoredSearch(deps, ref, slice)
}

/** A page of a stored search. @throws invalid_request_id, request_not_found */
export async function findStoredSearch(
  { db }: { db: Db },
  { eventId, requestId }: { eventId: number; requestId: string },
  slice: Slice,
): Promise<FaceSearchPage> {
  if (!isUuid(requestId)) throw invalidRequestId(requestId)
  const ref = { eventId, requestId: requestId.toLowerCase() }
  const search = await findSearch(db, ref)
  if (!search) throw requestNotFound(requestId)
  const [rows, total] = await Promise.all([findHits(db, ref, slice), countHits(db, ref)])
  return { requestId: search.id, confidencePercentage: search.confidencePercentage, rows, total }
}

/** A search of the same id that runs already is waited for; when it fails, this one runs after all. */
async function once(key: string, run: () => Promise<void>): Promise<void> {
  const earlier = running.get(key)
  if (
    earlier &&
    (await earlier.then(
      () => true,
      () => false,
    ))
  )
    return
  const own = run().finally(() => {
    if (running.get(key) === own) running.delete(key)
  })
  running.set(key, own)
  return own
}

async function runSearch(
  deps: FaceSearchDeps,
  {
    event,
    selfies,
    requestId,
  }: { event: Event; selfies: readonly Uint8Array[]; requestId: string },
  signal?: AbortSignal,
): Promise<void> {
  const { db } = deps
  for (let round = 1; ; round++) {
    const model = faceModelOf((await findFaceModels(db, event.id)).searched)
    const queries = await readSelfies(deps, { selfies, model }, signal)
    const percentage = event.confidencePercentage ?? model.defaultPercentage
    const isHidden = await showsHidden(deps, { event, selfies, queries, model }, signal)
    const asked = { eventId: event.id, model, queries, percentage }
    const hits = isHidden ? [] : await matchFaces(deps, asked, signal)
    // An event that changed to another model meanwhile may have lost the old one's faces before they were compared.
    const isCurrent = (await findFaceModels(db, event.id)).searched === model.id
    if (!isCurrent && round < MAX_ROUNDS) continue
    const search = {
      eventId: event.id,
      id: requestId,
      confidencePercentage: percentage,
      model: model.id,
    }
    const read = { model, embedding: queries[0]! }
    if (!isHidden) await deps.noteSelfie({ event, requestId, selfies, read })
    await db.transaction().execute((tx) => insertSearch(tx, search, hits))
    return
  }
}

/** Whether any of the selfies shows somebody who asked not to be found: then nobody is. */
export async function showsHidden(
  deps: Pick<FaceSearchDeps, 'db' | 'hidings' | 'selfieReader'>,
  {
    event,
    selfies,
    queries,
    model,
  }: {
    event: Event
    selfies: readonly Uint8Array[]
    queries: readonly Float32Array[]
    model: FaceModel
  },
  signal?: AbortSignal,
): Promise<boolean> {
  const hidden = await deps.hidings.find(deps.db, event.id)
  if (hidden.templates.length === 0) return false
  const byModel = new Map([[model.id, queries]])
  for (const id of modelsToTell(hidden, [model.id]))
    if (!byModel.has(id))
      byModel.set(id, await embedSelfies(deps, { selfies, model: faceModelOf(id) }, signal))
  return isHiddenSelfie(byModel, hidden)
}

/** One embedding a selfie that shows a face. @throws selfie_without_face when none does */
export async function readSelfies(
  deps: Pick<FaceSearchDeps, 'selfieReader'>,
  asked: { selfies: readonly Uint8Array[]; model: FaceModel },
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const embeddings = await embedSelfies(deps, asked, signal)
  if (embeddings.length === 0) throw selfieWithoutFace()
  return embeddings
}

async function embedSelfies(
  { selfieReader }: Pick<FaceSearchDeps, 'selfieReader'>,
  { selfies, model }: { selfies: readonly Uint8Array[]; model: FaceModel },
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const embeddings: Float32Array[] = []
  for (const selfie of selfies) {
    const embedding = await selfieReader(selfie, signal, model.id)
    if (embedding) embeddings.push(embedding)
  }
  return embeddings
}

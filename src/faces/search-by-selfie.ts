import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import type { Slice } from '../http/paging.ts'
import { isUuid, newId } from '../lib/ids.ts'
import { fromBytes } from './embedding-bytes.ts'
import { EXPANSION_GAIN, expandQuery, SURE_COSINE } from './engine/expand-query.ts'
import type { FaceModel } from './engine/face-model.ts'
import { invalidRequestId, requestNotFound, selfieMissing, selfieWithoutFace } from './errors.ts'
import type { EventFaces } from './event-faces.ts'
import {
  countHits,
  findFacesById,
  findHits,
  findSearch,
  type HitRow,
  insertSearch,
} from './queries.ts'

/** The embedding of the largest face; undefined when there is none. The picture is not kept. */
export type SelfieReader = (
  selfie: Uint8Array,
  signal?: AbortSignal,
) => Promise<Float32Array | undefined>

export type FaceSearchDeps = {
  db: Db
  eventFaces: EventFaces
  faceModel: FaceModel
  selfieReader: SelfieReader
}
export type FaceSearchPage = {
  requestId: string
  confidencePercentage: number
  rows: HitRow[]
  total: number
}

/** Searches that run now, by event and id: the second of two with one id waits for the first. */
const running = new Map<string, Promise<void>>()

/**
 * Finds the photos of an event that show the face of a selfie, stores the result under `requestId` and gives its first page. A
 * request id that was searched before gives the stored result and ignores the selfie.
 *
 * @throws selfie_missing, selfie_empty, selfie_not_a_picture, selfie_without_face, invalid_request_id, recognition_busy
 */
export async function searchBySelfie(
  deps: FaceSearchDeps,
  {
    event,
    selfie,
    requestId,
  }: { event: Event; selfie?: Uint8Array | undefined; requestId?: string | undefined },
  slice: Slice,
  signal?: AbortSignal,
): Promise<FaceSearchPage> {
  if (requestId !== undefined && !isUuid(requestId)) throw invalidRequestId(requestId)
  const id = (requestId ?? newId()).toLowerCase()
  const ref = { eventId: event.id, requestId: id }
  if (requestId === undefined || !(await findSearch(deps.db, ref))) {
    if (!selfie) throw selfieMissing()
    await once(`${event.id}/${id}`, () => runSearch(deps, { event, selfie, requestId: id }, signal))
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
  { event, selfie, requestId }: { event: Event; selfie: Uint8Array; requestId: string },
  signal?: AbortSignal,
): Promise<void> {
  const { db, faceModel, selfieReader } = deps
  const embedding = await selfieReader(selfie, signal)
  if (!embedding) throw selfieWithoutFace()
  const percentage = event.confidencePercentage ?? faceModel.defaultPercentage
  const minCosine = faceModel.cosineOf(percentage)
  const plain = await findMatches(
    deps,
    { eventId: event.id, query: embedding, minCosine, gain: 0 },
    signal,
  )

  // How the person looked elsewhere in the event finds more: the surest matches ask once more, together with the selfie.
  const sure = plain
    .filter(({ cosine, quality }) => cosine >= faceModel.requiredCosine(SURE_COSINE, quality))
    .sort((a, b) => b.cosine - a.cosine)
    .map((match) => match.embedding)
  const query = expandQuery(embedding, sure)
  const expanded =
    sure.length === 0
      ? []
      : await findMatches(
          deps,
          { eventId: event.id, query, minCosine, gain: EXPANSION_GAIN },
          signal,
        )

  const hits = bestPerPhoto([...plain, ...expanded]).map(({ photoId, cosine }) => ({
    photoId,
    percentage: faceModel.percentageOf(cosine),
  }))
  const search = {
    eventId: event.id,
    id: requestId,
    confidencePercentage: percentage,
    model: faceModel.id,
  }
  await db.transaction().execute((tx) => insertSearch(tx, search, hits))
}

type FaceMatch = {
  photoId: string
  cosine: number
  quality: number
  embedding: Float32Array
  capturedAt: Date | null
}

/** Faces whose cosine with the query, less its gain, reaches what their quality asks for. */
async function findMatches(
  { db, eventFaces, faceModel }: FaceSearchDeps,
  {
    eventId,
    query,
    minCosine,
    gain,
  }: { eventId: number; query: Float32Array; minCosine: number; gain: number },
  signal?: AbortSignal,
): Promise<FaceMatch[]> {
  const asked = { eventId, embedding: query, minCosine: minCosine + gain }
  const candidates = await eventFaces.search(asked, signal)
  const faces = await findFacesById(
    db,
    eventId,
    candidates.map(({ id }) => id),
  )
  // The index is rounded to int8: what it found is compared again with the vectors as they are.
  return faces
    .map(({ embedding: bytes, ...face }) => {
      const embedding = fromBytes(bytes)
      return { ...face, embedding, cosine: dot(query, embedding) - gain }
    })
    .filter(({ cosine, quality }) => cosine >= faceModel.requiredCosine(minCosine, quality))
}

/** One match a photo, the best first, ties by capture time. */
function bestPerPhoto(matches: readonly FaceMatch[]): FaceMatch[] {
  const best = new Map<string, FaceMatch>()
  for (const match of matches)
    if (match.cosine > (best.get(match.photoId)?.cosine ?? -1)) best.set(match.photoId, match)
  const time = ({ capturedAt }: FaceMatch) => capturedAt?.valueOf() ?? Number.POSITIVE_INFINITY
  return [...best.values()].sort(
    (a, b) => b.cosine - a.cosine || compare(time(a), time(b)) || (a.photoId < b.photoId ? -1 : 1),
  )
}

const compare = (a: number, b: number) => (a === b ? 0 : a - b)

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

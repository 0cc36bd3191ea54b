import type { Db } from '../db/connect.ts'
import { fromBytes } from './embedding-bytes.ts'
import { expandQuery } from './engine/expand-query.ts'
import type { FaceModel } from './engine/face-model.ts'
import { dotProduct } from './engine/vectors.ts'
import type { EventFaces } from './event-faces.ts'
import { findFacesById } from './queries.ts'

export type MatchDeps = { db: Db; eventFaces: EventFaces }

type Question = {
  eventId: number
  model: FaceModel
  /** Embeddings of one person, each of unit length. */
  queries: readonly Float32Array[]
  /** How sure a match must be, 0..100. */
  percentage: number
}

/** The photos of an event that show a person, one match a photo, the best first, ties by capture time. */
export async function matchFaces(
  deps: MatchDeps,
  { eventId, model, queries, percentage }: Question,
  signal?: AbortSignal,
): Promise<{ photoId: string; faceId: string; percentage: number }[]> {
  const minCosine = model.cosineOf(percentage)
  const matches: FaceMatch[] = []
  for (const query of queries)
    matches.push(
      ...(await findMatches(deps, { eventId, model, query, minCosine, gain: 0 }, signal)),
    )

  // How the person looked elsewhere in the event finds more: the surest matches ask once more, together with the selfies.
  const sure = matches
    .filter(({ cosine, quality }) => cosine >= model.requiredCosine(model.sureCosine, quality))
    .sort((a, b) => b.cosine - a.cosine)
    .map((match) => match.embedding)
  if (sure.length > 0) {
    const query = expandQuery(model, queries, sure)
    const asked = { eventId, model, query, minCosine, gain: model.expansionGain }
    matches.push(...(await findMatches(deps, asked, signal)))
  }
  return bestPerPhoto(matches).map(({ photoId, id: faceId, cosine }) => ({
    photoId,
    faceId,
    percentage: model.percentageOf(cosine),
  }))
}

type FaceMatch = {
  id: string
  photoId: string
  cosine: number
  quality: number
  embedding: Float32Array
  capturedAt: Date | null
}

/** Faces whose cosine with the query, less its gain, reaches what their quality asks for. */
async function findMatches(
  { db, eventFaces }: MatchDeps,
  {
    eventId,
    model,
    query,
    minCosine,
    gain,
  }: { eventId: number; model: FaceModel; query: Float32Array; minCosine: number; gain: number },
  signal?: AbortSignal,
): Promise<FaceMatch[]> {
  const asked = { eventId, model, embedding: query, minCosine: minCosine + gain }
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
      return { ...face, embedding, cosine: dotProduct(query, embedding) - gain }
    })
    .filter(({ cosine, quality }) => cosine >= model.requiredCosine(minCosine, quality))
}

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

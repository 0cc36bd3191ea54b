import type { Db } from '../db/connect.ts'
import { type Event, isOn } from '../events/index.ts'
import {
  type FaceModel,
  fromBytes,
  type ReadSelfie,
  type SelfieReader,
  showsHidden,
} from '../faces/index.ts'
import type { Hidings } from '../hiding/index.ts'
import { type Candidate, type Chosen, chooseTracks } from './choose-tracks.ts'
import type { SearchRef } from './clip-queries.ts'
import { leastPercentage } from './hide-tracks.ts'
import { findModelOfVideos } from './model-queries.ts'
import { findFacesOfEvent, insertMatches, replaceMatches } from './track-queries.ts'

export type CompareDeps = { db: Db; hidings: Hidings; selfieReader: SelfieReader }

/** A change of model takes the time of a re-index: one that comes while a selfie is compared is not followed by a second. */
const MAX_ROUNDS = 3

/** The persons of an event's videos who are the one of the selfie: an exact search over the sharpest faces of every track. */
export async function matchSelfie(
  { db }: { db: Db },
  { event, model, embedding }: { event: Event; model: FaceModel; embedding: Float32Array },
): Promise<Chosen[]> {
  const rows = await findFacesOfEvent(db, { eventId: event.id, model: model.id })
  return chooseTracks(embedding, candidatesOf(rows), {
    model,
    percentage: leastPercentage(event, model),
  })
}

/**
 * The same by the pictures, with the model that has looked at all of the event's videos: of the first that shows a face.
 *
 * @param read what a model saw in them already, where somebody asked it
 * @returns undefined when none shows a face; nobody when it is somebody's who asked not to be found
 */
export async function compareSelfies(
  deps: CompareDeps,
  { event, selfies, read }: { event: Event; selfies: readonly Uint8Array[]; read?: ReadSelfie },
  signal?: AbortSignal,
): Promise<Chosen[] | undefined> {
  for (let round = 1; ; round++) {
    const model = await findModelOfVideos(deps.db, event.id)
    const embedding =
      read?.model.id === model.id
        ? read.embedding
        : await readFirst(deps, { selfies, model }, signal)
    if (!embedding) return undefined
    const asked = { event, selfies, queries: [embedding], model }
    const isHidden = await showsHidden(deps, asked, signal)
    const chosen = isHidden ? [] : await matchSelfie(deps, { event, model, embedding })
    // An event that changed to another model meanwhile may have lost the old one's faces before they were compared.
    const isCurrent = (await findModelOfVideos(deps.db, event.id)).id === model.id
    if (isCurrent || round === MAX_ROUNDS) return chosen
  }
}

async function readFirst(
  { selfieReader }: Pick<CompareDeps, 'selfieReader'>,
  { selfies, model }: { selfies: readonly Uint8Array[]; model: FaceModel },
  signal: AbortSignal | undefined,
): Promise<Float32Array | undefined> {
  for (const selfie of selfies) {
    const embedding = await selfieReader(selfie, signal, model.id)
    if (embedding) return embedding
  }
  return undefined
}

type FaceRow = Awaited<ReturnType<typeof findFacesOfEvent>>[number]

function candidatesOf(rows: readonly FaceRow[]): Candidate[] {
  return [...Map.groupBy(rows, ({ thread }) => thread)].map(([thread, faces]) => ({
    thread,
    videoId: faces[0]!.videoId,
    spans: [...new Map(faces.map((face) => [face.trackId, face])).values()],
    looks: faces.map(({ quality, embedding }) => ({ quality, embedding: fromBytes(embedding) })),
  }))
}

/**
 * Keeps which persons of the videos a face search's first selfie with a face matched, so that a video search can be asked for by its
 * request id though the selfie is gone.
 */
export async function noteSelfie(
  deps: CompareDeps,
  {
    event,
    requestId,
    ...asked
  }: { event: Event; requestId: string; selfies: readonly Uint8Array[]; read: ReadSelfie },
): Promise<void> {
  if (!isOn(event, 'video_selfie_search')) return
  const chosen = await compareSelfies(deps, { event, ...asked })
  if (chosen) await storeMatches(deps.db, { eventId: event.id, requestId }, chosen)
}

export const storeMatches = (db: Db, ref: SearchRef, chosen: readonly Chosen[]) =>
  replaceMatches(db, ref, matchesOf(chosen))

/** Beside whom the same request matched before. */
export const addMatches = (db: Db, ref: SearchRef, chosen: readonly Chosen[]) =>
  insertMatches(db, ref, matchesOf(chosen))

/** A thread's id is that of its first track. */
const matchesOf = (chosen: readonly Chosen[]) =>
  chosen.map(({ candidate, percentage }) => ({ trackId: candidate.thread, percentage }))

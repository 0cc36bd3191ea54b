import type { Db } from '../db/connect.ts'
import { type Event, isOn } from '../events/index.ts'
import { type FaceModel, fromBytes, type SelfieReader } from '../faces/index.ts'
import { type Candidate, type Chosen, chooseTracks } from './choose-tracks.ts'
import type { SearchRef } from './clip-queries.ts'
import { leastPercentage } from './hide-tracks.ts'
import { findFacesOfEvent, replaceMatches } from './track-queries.ts'

export type MatchDeps = { db: Db; faceModel: FaceModel }

/** The persons of an event's videos who are the one of the selfie: an exact search over the sharpest faces of every track. */
export async function matchSelfie(
  { db, faceModel }: MatchDeps,
  { event, embedding }: { event: Event; embedding: Float32Array },
): Promise<Chosen[]> {
  const rows = await findFacesOfEvent(db, { eventId: event.id, model: faceModel.id })
  const percentage = leastPercentage(event, faceModel)
  return chooseTracks(embedding, candidatesOf(rows), { model: faceModel, percentage })
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
 * request id though the selfie is gone. Who is indexed later is not among them. Videos know the built-in model alone.
 */
export async function noteSelfie(
  deps: MatchDeps & { selfieReader: SelfieReader },
  {
    event,
    requestId,
    selfies,
  }: { event: Event; requestId: string; selfies: readonly Uint8Array[] },
): Promise<void> {
  if (!isOn(event, 'video_selfie_search')) return
  for (const selfie of selfies) {
    const embedding = await deps.selfieReader(selfie)
    if (!embedding) continue
    const chosen = await matchSelfie(deps, { event, embedding })
    return storeMatches(deps.db, { eventId: event.id, requestId }, chosen)
  }
}

export const storeMatches = (db: Db, ref: SearchRef, chosen: readonly Chosen[]) =>
  replaceMatches(
    db,
    ref,
    // A thread's id is that of its first track.
    chosen.map(({ candidate, percentage }) => ({ trackId: candidate.thread, percentage })),
  )

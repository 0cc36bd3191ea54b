import { keysOfBib } from '../bibs/index.ts'
import type { Db, Tx } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import { faceModelOf } from '../faces/index.ts'
import type { Template } from '../hiding/index.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { findClipsOfThreads } from './clip-queries.ts'
import { eraseClip } from './cut-clip.ts'
import type { EnqueueVideoErase } from './delete-video.ts'
import { deleteClipsCounted, deleteMoments, deleteThreadsCounted } from './forget-queries.ts'
import { queriesOf } from './hide-tracks.ts'
import { matchSelfie } from './match-selfie.ts'
import { findHitsByBib } from './search-videos.ts'

/** The persons of an event's videos who are the one of a template. */
export async function findThreadsOfPerson(
  deps: { db: Db },
  { event, template }: { event: Event; template: Template },
): Promise<string[]> {
  const threads = new Set<string>()
  for (const part of template) {
    const model = faceModelOf(part.model)
    for (const embedding of queriesOf(part))
      for (const { candidate } of await matchSelfie(deps, { event, model, embedding }))
        threads.add(candidate.thread)
  }
  return [...threads]
}

/** The persons of an event's videos who wear a bib. */
export async function findThreadsWithBib(db: Db, event: Event, bib: string): Promise<string[]> {
  const hits = await findHitsByBib(db, event, keysOfBib(bib))
  return hits.map(({ thread }) => thread)
}

/** Erases the objects of every clip of some persons; their rows go with `forgetThreads`. */
export async function eraseClipsOfThreads(
  { db, store }: { db: Db; store: ObjectStore },
  eventId: number,
  threads: readonly string[],
): Promise<void> {
  for (const clip of await findClipsOfThreads(db, eventId, threads))
    await eraseClip({ store }, { eventId, ...clip })
}

export type ForgottenThreads = {
  tracks: number
  faces: number
  readings: number
  matches: number
  moments: number
  clips: number
}

/**
 * Removes persons of an event's videos: their tracks, faces, reads and matches, the moments that searches found of them, and their
 * clips, whoever asked for those; the clips' objects by a job.
 */
export async function forgetThreads(
  { enqueueVideoErase }: { enqueueVideoErase: EnqueueVideoErase },
  tx: Tx,
  { eventId, threads }: { eventId: number; threads: readonly string[] },
): Promise<ForgottenThreads> {
  const found = await findClipsOfThreads(tx, eventId, threads)
  for (const [videoId, gone] of Map.groupBy(found, (clip) => clip.videoId))
    await enqueueVideoErase(tx, { eventId, videoId, clipIds: gone.map(({ id }) => id) })
  const clips = await deleteClipsCounted(
    tx,
    eventId,
    found.map(({ id }) => id),
  )
  const moments = await deleteMoments(tx, eventId, threads)
  return { clips, moments, ...(await deleteThreadsCounted(tx, eventId, threads)) }
}

import type { Db, Tx } from '../db/connect.ts'
import { eventFolder } from '../events/index.ts'
import { clipFilesOf, clipKey, videoKey } from '../motion/index.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { eachOf } from './each-of.ts'
import type { Findings, Wish } from './findings.ts'
import {
  type ClipRow,
  eachClip,
  eachVideo,
  findClipOwners,
  findOpenSegments,
  findVideoOwners,
  forgetClipFiles,
} from './video-queries.ts'

export type VerifyVideosDeps = {
  db: Db
  store: ObjectStore
  /** Ids among these that a job waits for or works on. */
  findWaiting: (
    ids: readonly string[],
    kind: 'photo' | 'video' | 'clip',
  ) => Promise<ReadonlySet<string>>
  enqueueProbe: (tx: Tx, video: { eventId: number; videoId: string }) => Promise<void>
  enqueueSegments: (
    tx: Tx,
    segments: { eventId: number; videoId: string; ordinal: number }[],
  ) => Promise<void>
  enqueueClip: (tx: Tx, clip: { eventId: number; clipId: string }) => Promise<void>
}

const BATCH = 500

/** Every video has its original, and a job as long as it is not indexed. */
export async function verifyVideos(
  { db, store, findWaiting, enqueueProbe, enqueueSegments }: VerifyVideosDeps,
  eventId: number,
  findings: Findings,
  { repair, report }: Wish,
): Promise<void> {
  for await (const videos of eachVideo(db, eventId, BATCH)) {
    findings.videos += videos.length
    await eachOf(videos, async ({ id, originalKey }) => {
      if (!originalKey || (await store.stat(originalKey))) return
      findings.lostOriginals++
      report(`event ${eventId}: the original of video ${id} is lost`)
    })
    const open = videos.filter(({ status }) => status === 'pending' || status === 'indexing')
    const waiting = await findWaiting(
      open.map(({ id }) => id),
      'video',
    )
    const forgotten = open.filter(({ id }) => !waiting.has(id))
    // Its last job may have ended since the row was read.
    const now = await findVideoOwners(
      db,
      eventId,
      forgotten.map(({ id }) => id),
    )
    for (const { id: videoId, status } of now) {
      if (status !== 'pending' && status !== 'indexing') continue
      findings.forgottenVideos++
      report(`event ${eventId}: video ${videoId} waits for a job that is not there`)
      if (!repair) continue
      const video = { eventId, videoId }
      await db.transaction().execute(async (tx) => {
        if (status === 'pending') return enqueueProbe(tx, video)
        const segments = await findOpenSegments(tx, eventId, videoId)
        return enqueueSegments(
          tx,
          segments.map(({ ordinal }) => ({ ...video, ordinal })),
        )
      })
    }
  }
}

/** Every clip has its files, or a job that makes them. */
export async function verifyClips(
  { db, store, findWaiting, enqueueClip }: VerifyVideosDeps,
  eventId: number,
  findings: Findings,
  { repair, report }: Wish,
): Promise<void> {
  for await (const clips of eachClip(db, eventId, BATCH)) {
    const toCut: string[] = []
    await eachOf(
      clips.filter(({ status }) => status === 'ready'),
      async (clip) => {
        const files = await Promise.all(
          clipFilesOf(clip).map((file) => store.stat(clipKey(clip, file))),
        )
        if (!files.includes(undefined)) return
        findings.missingClips++
        report(`event ${eventId}: clip ${clip.id} has no file`)
        toCut.push(clip.id)
      },
    )
    const open = clips.filter(({ status }) => status === 'pending' || status === 'processing')
    const waiting = await findWaiting(
      open.map(({ id }) => id),
      'clip',
    )
    for (const { id } of open) {
      if (waiting.has(id)) continue
      findings.forgottenClips++
      report(`event ${eventId}: clip ${id} waits for a job that is not there`)
      toCut.push(id)
    }
    if (!repair || toCut.length === 0) continue
    await db.transaction().execute(async (tx) => {
      await forgetClipFiles(tx, eventId, toCut)
      for (const clipId of toCut) await enqueueClip(tx, { eventId, clipId })
    })
  }
}

/** Originals and clips among these objects that belong to no row. */
export async function findStrayVideoObjects(
  db: Db,
  eventId: number,
  keys: readonly string[],
): Promise<string[]> {
  const ours = keys.flatMap((key) => {
    const owner = ownerOf(eventId, key)
    return owner ? [{ key, ...owner }] : []
  })
  if (ours.length === 0) return []
  const videos = await findVideoOwners(
    db,
    eventId,
    ours.map(({ videoId }) => videoId),
  )
  const clips = await findClipOwners(
    db,
    eventId,
    ours.flatMap(({ clipId }) => clipId ?? []),
  )
  const owned = new Set([
    ...videos.flatMap(({ originalKey }) => originalKey ?? []),
    ...clips.flatMap((clip: ClipRow) =>
      clipFilesOf(clip).map((file) => clipKey({ ...clip, eventId }, file)),
    ),
  ])
  return ours.flatMap(({ key }) => (owned.has(key) ? [] : key))
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const CLIP = new RegExp(`/videos/(${UUID})/clips/(${UUID})\\.(?:mp4|jpg|preview\\.mp4)$`)
const ORIGINAL = new RegExp(`/videos/(${UUID})/original$`)

/** The video, and the clip, that an object is named after. */
function ownerOf(eventId: number, key: string): { videoId: string; clipId?: string } | undefined {
  if (!key.startsWith(`${eventFolder(eventId)}/videos/`)) return undefined
  const [, clipVideo, clipId] = CLIP.exec(key) ?? []
  if (clipVideo && clipId) return { videoId: clipVideo, clipId }
  const [, videoId] = ORIGINAL.exec(key) ?? []
  return videoId !== undefined && key === videoKey({ eventId, videoId }) ? { videoId } : undefined
}

import type { Tx } from '../db/connect.ts'
import { type FaceModel, fromBytes } from '../faces/index.ts'
import type { Box } from '../media/picture.ts'
import { grow, overlapOf } from './engine/boxes.ts'
import { CLEAR_QUALITY, cosineStep, dot } from './engine/compare-faces.ts'
import type { VideoRef } from './store-video.ts'
import { findTracksWithFace, updateThreads } from './track-queries.ts'
import { countOpenSegments, updateVideo } from './video-queries.ts'

/** A track that ends or begins so near to the border of its segment may go on beyond it. */
const BORDER_SECONDS = 1

type LinkedTrack = Awaited<ReturnType<typeof findTracksWithFace>>[number]

/** When no segment is open: joins tracks across segments and makes the video searchable as a whole. */
export async function finishVideo(
  tx: Tx,
  video: VideoRef,
  { faceModel }: { faceModel: FaceModel },
): Promise<void> {
  if ((await countOpenSegments(tx, video)) > 0) return
  const threads = linkTracks(await findTracksWithFace(tx, video, faceModel.id), faceModel)
  await updateThreads(tx, video.eventId, threads)
  await updateVideo(tx, video, {
    status: 'done',
    indexedAt: new Date(),
    error: null,
    errorCode: null,
  })
}

/** Which thread each track belongs to: the id of its first track. Exported for its test. */
export function linkTracks(
  tracks: readonly LinkedTrack[],
  model: FaceModel,
): { id: string; thread: string }[] {
  const threadOf = new Map(tracks.map(({ id }) => [id, id]))
  const bySegment = Map.groupBy(tracks, ({ segment }) => segment)
  for (const [segment, first] of [...bySegment].sort(([a], [b]) => a - b)) {
    const next = bySegment.get(segment + 1) ?? []
    const pairs = first
      .flatMap((a) => next.map((b) => ({ a, b, affinity: affinityOf(a, b, model) })))
      .filter(({ affinity }) => affinity > 0)
      .sort((x, y) => y.affinity - x.affinity)
    const used = new Set<string>()
    for (const { a, b } of pairs) {
      if (used.has(a.id) || used.has(b.id)) continue
      used.add(a.id).add(b.id)
      threadOf.set(b.id, threadOf.get(a.id) ?? a.id)
    }
  }
  return [...threadOf].map(([id, thread]) => ({ id, thread }))
}

/** How surely b goes on where a ended; 0 when it does not. */
function affinityOf(a: LinkedTrack, b: LinkedTrack, model: FaceModel): number {
  const gap = b.startSeconds - a.endSeconds
  if (gap <= 0 || gap > BORDER_SECONDS) return 0
  const near = overlapOf(grow(lastBox(a.path), 2), grow(firstBox(b.path), 2))
  if (near < 0.2) return 0
  const areClear = Math.min(a.quality ?? 0, b.quality ?? 0) >= CLEAR_QUALITY
  if (a.embedding && b.embedding && areClear && a.model === model.id && b.model === model.id) {
    const cosine = dot(fromBytes(a.embedding), fromBytes(b.embedding))
    if (cosine < model.cosineOf(50) - cosineStep(model)) return 0
  }
  return near
}

const firstBox = (path: readonly number[]) => path.slice(1, 5) as unknown as Box
const lastBox = (path: readonly number[]) => path.slice(-4) as unknown as Box

import { type BibReader, bibKey, findStartList } from '../bibs/index.ts'
import type { Db, Tx } from '../db/connect.ts'
import { type Event, findEvent, shareEvent } from '../events/index.ts'
import {
  FACE_MODEL,
  type FoundFace,
  findFaceModels,
  type KnownFaceDescriber,
  lockFaceModels,
  toBytes,
} from '../faces/index.ts'
import { findHiddenBibs, type Hidings } from '../hiding/index.ts'
import { newId } from '../lib/ids.ts'
import { cutRegion } from '../media/cut-region.ts'
import type { Box } from '../media/picture.ts'
import type { RunTool } from '../media/run-ffmpeg.ts'
import { decodeFrame, type Frame, fitInside, sampleFrames } from '../media/sample-frames.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import {
  type CloseUp,
  cutCloseUp,
  describeCloseUp,
  FRAME_SIDE,
  othersOf,
  SURE_FACE,
} from './close-ups.ts'
import { createTorsoReader, keepTorso, type Torso, type TorsoRead } from './engine/torsos.ts'
import type { Track } from './engine/tracker.ts'
import { type WatchDeps, watchSegment } from './engine/watch-segment.ts'
import { finishVideo } from './finish-video.ts'
import { isHiddenPassing } from './hide-tracks.ts'
import type { SegmentRef } from './probe-stored-video.ts'
import { type Footage, samplingOf } from './sampling.ts'
import { replaceTracks } from './track-queries.ts'
import {
  findSegment,
  findVideo,
  lockVideo,
  markSegmentIndexed,
  type Segment,
} from './video-queries.ts'

export type IndexDeps = WatchDeps & {
  db: Db
  store: ObjectStore
  hidings: Hidings
  bibReader: BibReader
  runTool: RunTool
  knownFaceDescriber: KnownFaceDescriber
}

/** A thing that looks like a face once is none; a person is seen more than once. */
const MIN_POINTS = 2

/** Finds who passes in one segment of a video, and what is written on them. A segment that is indexed already is left alone. */
export async function indexSegment(
  deps: IndexDeps,
  ref: SegmentRef,
  signal: AbortSignal,
): Promise<void> {
  const { db, store } = deps
  const video = await findVideo(db, ref)
  const segment = await findSegment(db, ref, ref.ordinal)
  if (!video?.originalKey || !segment || segment.indexedAt) return // deleted or done since
  const wanted = await findEvent(db, ref.eventId)
  if (!wanted) return
  const isBlind = wanted.biometrics === 'none' // people are followed by their faces
  const models = isBlind ? [] : othersOf(await findFaceModels(db, ref.eventId))
  const found = isBlind
    ? NOTHING
    : await watchFootage(deps, { video, segment, models }, store.locate(video.originalKey), signal)
  await db.transaction().execute(async (tx) => {
    // Whoever hides a person holds this row: who is hidden by now is left out.
    const event = await shareEvent(tx, ref.eventId)
    if (!event || !(await lockVideo(tx, ref))) return
    if (isBlind && event.biometrics !== 'none') throw new Error('faces were switched on meanwhile')
    const needed = othersOf(await lockFaceModels(tx, ref.eventId))
    if (!isBlind && needed.some((model) => !models.includes(model)))
      throw new Error('the face model was changed meanwhile')
    const tracks =
      event.biometrics === 'none' ? [] : await withoutHidden(deps, tx, { event, found })
    await writeFound(tx, ref, { found: { ...found, tracks }, models: [FACE_MODEL.id, ...needed] })
    await markSegmentIndexed(tx, ref, ref.ordinal, [FACE_MODEL.id, ...needed])
    await finishVideo(tx, ref, deps)
  })
}

export type Found = {
  tracks: Track[]
  /** A look's face as the other models see it that the event needs. */
  others: ReadonlyMap<FoundFace, readonly FoundFace[]>
  reads: TorsoRead[]
  width: number
  height: number
}
const NOTHING: Found = { tracks: [], others: new Map(), reads: [], width: 1, height: 1 }

/** What there is to see in a stretch of a video. */
export async function watchFootage(
  deps: WatchDeps & Pick<IndexDeps, 'bibReader' | 'knownFaceDescriber' | 'runTool'>,
  {
    video,
    segment,
    models,
  }: {
    video: Footage
    segment: Pick<Segment, 'startSeconds' | 'endSeconds'>
    /** That look at the sharpest faces besides the built-in one. */
    models: readonly string[]
  },
  location: string,
  signal: AbortSignal,
): Promise<Found> {
  const size = { width: video.width ?? 0, height: video.height ?? 0 }
  const seen = fitInside(size, FRAME_SIDE)
  const enlargement = size.width / seen.width
  const sampled = { ...samplingOf(video), startSeconds: segment.startSeconds, signal }
  const tracks: Track[] = []
  const reads: TorsoRead[] = []
  const others = new Map<FoundFace, readonly FoundFace[]>()
  /** Of looks that may be kept. Frames are lent, so they are cut while they are here. */
  const closeUps = new WeakMap<FoundFace, CloseUp>()
  const torsosOf = new Map<Track, readonly Torso[]>()
  const ended: Track[] = []
  const reader = createTorsoReader(deps.bibReader, (read) => reads.push(read), signal)

  const readEnded = async () => {
    for (const track of ended.splice(0)) {
      for (const torso of torsosOf.get(track) ?? [])
        await reader.add(track, enlargement > 1.2 ? await decodeTorso(torso) : torso)
      torsosOf.delete(track)
      for (const { face } of track.looks) {
        const closeUp = closeUps.get(face)
        if (closeUp) others.set(face, await describeCloseUp(deps, closeUp, models, signal))
      }
    }
  }
  const decodeTorso = async (torso: Torso): Promise<Torso> => {
    const frame = await decodeFrame(deps, location, sampled, torso.seconds)
    const box = torso.box.map((value) => value * enlargement) as [number, number, number, number]
    const picture = frame && cutRegion(frame, box)
    return picture ? { ...torso, picture } : torso
  }

  const watch = watchSegment(
    deps,
    {
      onTrack(track) {
        if (track.points.length >= MIN_POINTS) {
          tracks.push(track)
          ended.push(track)
        } else torsosOf.delete(track)
      },
      async onSeen(inView, { picture, seconds }: Frame) {
        for (const track of inView) {
          const { box } = track.points.at(-1)!
          const look = track.looks.find((look) => look.seconds === seconds)?.face
          const isKept = look && models.length > 0 && look.score >= SURE_FACE
          const closeUp = isKept && cutCloseUp(picture, look)
          if (closeUp) closeUps.set(look, closeUp)
          const sharpness = look?.quality ?? 0
          torsosOf.set(
            track,
            keepTorso(torsosOf.get(track) ?? [], { picture, seconds, face: box, sharpness }),
          )
        }
        await readEnded()
      },
    },
    signal,
  )
  await sampleFrames(
    deps,
    location,
    { ...sampled, endSeconds: segment.endSeconds, maxSide: FRAME_SIDE },
    (frame) => watch.look(frame),
  )
  watch.finish()
  await readEnded()
  await reader.flush()
  return { tracks, others, reads, ...seen }
}

async function withoutHidden(
  { hidings }: IndexDeps,
  tx: Tx,
  { event, found: { tracks, others, reads } }: { event: Event; found: Found },
): Promise<Track[]> {
  const hidden = await hidings.find(tx, event.id)
  const hiddenBibs = await findHiddenBibs(tx, event.id)
  if (hidden.version === '') return tracks
  const list = await findStartList(tx, event.id, event.startListRevision)
  const rules = { event, hidden, hiddenBibs, list }
  const readsOf = Map.groupBy(reads, ({ track }) => track)
  return tracks.filter((track) => {
    const votes = (readsOf.get(track) ?? []).map((read) => ({ ...read, moment: `${read.seconds}` }))
    const looks = track.looks.flatMap(({ face }) => [face, ...(others.get(face) ?? [])])
    return !isHiddenPassing({ looks, reads: votes }, rules)
  })
}

async function writeFound(
  tx: Tx,
  ref: SegmentRef,
  {
    found: { tracks, others, reads, width, height },
    models,
  }: { found: Found; models: readonly string[] },
): Promise<void> {
  const { eventId, videoId, ordinal: segment } = ref
  const ids = new Map(tracks.map((track) => [track, newId()]))
  const shares = (points: readonly number[]) =>
    points.map((value, i) => value / (i % 2 === 0 ? width : height))
  const share = ([x, y, w, h]: Box) => [x / width, y / height, w / width, h / height]
  await replaceTracks(tx, ref, segment, {
    tracks: tracks.map((track) => ({
      eventId,
      id: ids.get(track)!,
      videoId,
      segment,
      thread: ids.get(track)!,
      startSeconds: track.points[0]!.seconds,
      endSeconds: track.points.at(-1)!.seconds,
      path: track.points.flatMap(({ seconds, box }) => [seconds, ...share(box)]),
    })),
    faces: tracks.flatMap((track) =>
      track.looks
        .filter(({ face }) => face.score >= SURE_FACE)
        .flatMap(({ seconds, face }, ordinal) =>
          [face, ...(others.get(face) ?? [])]
            .filter(({ model }) => models.includes(model))
            .map(({ quality, embedding, model, landmarks }) => ({
              eventId,
              trackId: ids.get(track)!,
              ordinal,
              seconds,
              quality,
              embedding: toBytes(embedding),
              model,
              landmarks: model === FACE_MODEL.id ? shares(landmarks) : null,
            })),
        ),
    ),
    reads: reads
      .filter(({ track }) => ids.has(track))
      .map((read, ordinal) => ({
        eventId,
        trackId: ids.get(read.track)!,
        ordinal,
        seconds: read.seconds,
        kind: read.kind,
        text: read.text,
        fullText: read.fullText,
        score: read.score,
        bibKey: bibKey(read.text),
      })),
  })
}

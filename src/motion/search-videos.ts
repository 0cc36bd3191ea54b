import { findStartList, keysOfBib } from '../bibs/index.ts'
import type { Db } from '../db/connect.ts'
import { type Event, shareEvent } from '../events/index.ts'
import {
  faceModelOf,
  findStoredSearch,
  fromBytes,
  invalidRequestId,
  type SelfieReader,
  selfieMissing,
  selfieWithoutFace,
} from '../faces/index.ts'
import type { Hidings } from '../hiding/index.ts'
import { isUuid, newId } from '../lib/ids.ts'
import {
  findMoments,
  findVideoSearch,
  insertMoments,
  insertVideoSearch,
  type MomentRow,
  updateFootage,
} from './clip-queries.ts'
import { badWindow } from './errors.ts'
import { findVideoSearchState, type VideoSearchState } from './find-video-search.ts'
import { type Appearance, formMoments, type Moment } from './form-moments.ts'
import { countVotes, scoreOfBib } from './hide-tracks.ts'
import { addMatches, compareSelfies, matchSelfie, storeMatches } from './match-selfie.ts'
import { type EnqueueClip, requestClip } from './request-clip.ts'
import { motionSettingsOf } from './settings.ts'
import { findMatches, findReadsOfThreads, findThreads } from './track-queries.ts'
import { findFootage, findVideos, findVideosByTime, type Video } from './video-queries.ts'

export type VideoSearchDeps = {
  db: Db
  hidings: Hidings
  selfieReader: SelfieReader
  enqueueClip: EnqueueClip
}

/** A person found in the videos. */
type Hit = { thread: string; score: number; percentage: number }

/**
 * Finds the moments of the person of a selfie in an event's videos, and has the best of each video cut. Instead of a selfie the
 * request id of a face search is taken. A request id that was searched before gives the stored result.
 *
 * @throws selfie_missing, selfie_empty, selfie_not_a_picture, selfie_without_face, invalid_request_id, request_not_found,
 *   recognition_busy
 */
export async function searchVideosBySelfie(
  deps: VideoSearchDeps,
  {
    event,
    selfie,
    requestId,
  }: { event: Event; selfie?: Uint8Array | undefined; requestId?: string | undefined },
  signal?: AbortSignal,
): Promise<VideoSearchState> {
  const { db } = deps
  if (requestId !== undefined && !isUuid(requestId)) throw invalidRequestId(requestId)
  const ref = { eventId: event.id, requestId: (requestId ?? newId()).toLowerCase() }
  if (requestId !== undefined && (await findVideoSearch(db, ref)))
    return findVideoSearchState(deps, ref)
  const footage = await findFootage(db, event.id)
  if (selfie) {
    const chosen = await compareSelfies(deps, { event, selfies: [selfie] }, signal)
    if (!chosen) throw selfieWithoutFace()
    await storeMatches(db, ref, chosen)
  } else {
    if (requestId === undefined) throw selfieMissing()
    await findStoredSearch(deps, ref, { offset: 0, limit: 1 })
  }
  const matches = await findMatches(db, ref)
  const hits = matches.map(({ thread, percentage }) => ({ thread, score: percentage, percentage }))
  return storeSearch(
    deps,
    { event, kind: 'selfie', ref, footage },
    await momentsOfHits(deps, event, hits),
  )
}

/** A selfie's face that is kept, and the request id under which `noteSelfie` kept what it matched. */
export type KeptSelfie = { id: string; model: string; embedding: Buffer }

/**
 * Finds the moments of the person of selfies whose faces are kept. The search is stored under the last of their ids. Asked again, the
 * stored result is given; when more footage has been indexed since, that of its persons is added first.
 *
 * @param selfies at least one
 */
export async function searchVideosByKeptSelfies(
  deps: VideoSearchDeps,
  { event, selfies }: { event: Event; selfies: readonly KeptSelfie[] },
): Promise<VideoSearchState> {
  const { db } = deps
  const ref = { eventId: event.id, requestId: selfies.at(-1)!.id.toLowerCase() }
  const footage = await findFootage(db, event.id)
  if ((await findVideoSearch(db, ref))?.footage === footage) return findVideoSearchState(deps, ref)
  const best = new Map<string, Hit>()
  for (const { id: requestId, model, embedding } of selfies) {
    const own = { ...ref, requestId }
    // All footage is compared: who resembles the person is told by who matches better, wherever that is.
    const asked = { event, model: faceModelOf(model), embedding: fromBytes(embedding) }
    await addMatches(db, own, await matchSelfie(deps, asked))
    for (const { thread, percentage } of await findMatches(db, own))
      if (percentage > (best.get(thread)?.percentage ?? -1))
        best.set(thread, { thread, score: percentage, percentage })
  }
  const found = await momentsOfHits(deps, event, [...best.values()])
  return storeSearch(deps, { event, kind: 'selfie', ref, footage }, found)
}

/** Finds the moments of everybody on whom a bib was read, clearly more often than any other number. */
export async function searchVideosByBib(
  deps: VideoSearchDeps,
  { event, bib }: { event: Event; bib: string },
): Promise<VideoSearchState> {
  const ref = { eventId: event.id, requestId: newId() }
  const footage = await findFootage(deps.db, event.id)
  const hits = await findHitsByBib(deps.db, event, keysOfBib(bib))
  const found = await momentsOfHits(deps, event, hits)
  return storeSearch(deps, { event, kind: 'bib', ref, footage }, found)
}

/** What the event's videos show of a window of time, `[from, to)` in epoch seconds. @throws validation_failed */
export async function searchVideosByTime(
  deps: VideoSearchDeps,
  { event, from, to }: { event: Event; from: number; to: number },
): Promise<VideoSearchState> {
  if (to <= from) throw badWindow()
  const ref = { eventId: event.id, requestId: newId() }
  const window = { from: new Date(from * 1000), to: new Date(to * 1000) }
  const { maxClip } = motionSettingsOf(event)
  const found = (await findVideosByTime(deps.db, event.id, window)).map((video) => ({
    video,
    moments: momentsOfWindow(video, { from, to, maxClip }),
  }))
  const footage = await findFootage(deps.db, event.id)
  return storeSearch(deps, { event, kind: 'time', ref, footage }, found)
}

type FoundVideo = { video: Video; moments: Moment[] }

async function momentsOfHits(
  { db }: VideoSearchDeps,
  event: Event,
  hits: readonly Hit[],
): Promise<FoundVideo[]> {
  const settings = motionSettingsOf(event)
  const byThread = new Map(hits.map((hit) => [hit.thread, hit]))
  const tracks = await findThreads(db, event.id, [...byThread.keys()])
  const byVideo = Map.groupBy(tracks, ({ videoId }) => videoId)
  const videos = await findVideos(db, event.id, [...byVideo.keys()])
  return videos.map((video) => {
    const appearances = (byVideo.get(video.id) ?? []).flatMap((track): Appearance[] => {
      const hit = byThread.get(track.thread)
      return hit ? [{ ...track, ...hit }] : []
    })
    const rules = {
      durationSeconds: video.duration ?? 0,
      reach: 0.5 / (video.sampleFps ?? settings.sampleFps),
    }
    return { video, moments: formMoments(appearances, settings, rules) }
  })
}

/** Persons on whom a bib was chosen, by the start list of today, at least half as surely as any other. */
export async function findHitsByBib(db: Db, event: Event, keys: readonly string[]): Promise<Hit[]> {
  const list = await findStartList(db, event.id, event.startListRevision)
  const reads = await findReadsOfThreads(db, event.id, keys)
  return [...Map.groupBy(reads, ({ thread }) => thread)].flatMap(([thread, all]) => {
    const votes = countVotes(
      all.map((read) => ({ ...read, moment: `${read.trackId}/${read.seconds}` })),
      list,
    )
    const score = scoreOfBib(votes, keys)
    if (score === 0) return []
    return [{ thread, score, percentage: Math.round(1000 * Math.min(1, score)) / 10 }]
  })
}

/** The part of a video inside a window, in pieces of the longest clip. */
function momentsOfWindow(
  { recordedAt, duration }: Video,
  { from, to, maxClip }: { from: number; to: number; maxClip: number },
): Moment[] {
  const begin = (recordedAt?.valueOf() ?? 0) / 1000
  const start = Math.max(0, from - begin)
  const end = Math.min(duration ?? 0, to - begin)
  const count = Math.min(MAX_PIECES, Math.ceil((end - start) / maxClip))
  return Array.from({ length: count }, (_, i) => ({
    startSeconds: Math.round(1000 * (start + i * maxClip)) / 1000,
    endSeconds: Math.round(1000 * Math.min(end, start + (i + 1) * maxClip)) / 1000,
    score: 0,
    percentage: 100,
    thread: null,
    otherThreads: [],
  })).filter(({ startSeconds, endSeconds }) => endSeconds - startSeconds >= 0.1)
}

/** An hour in clips of 30 s. */
const MAX_PIECES = 120

/**
 * Keeps what a search found and has the best moment of each video cut, in one transaction. To a search that is stored what it did
 * not have is added: moments keep their ids.
 *
 * @param footage which had been indexed before the search began
 */
async function storeSearch(
  deps: VideoSearchDeps,
  {
    event,
    kind,
    ref,
    footage,
  }: {
    event: Event
    kind: 'selfie' | 'bib' | 'time'
    ref: { eventId: number; requestId: string }
    footage: string
  },
  found: readonly FoundVideo[],
): Promise<VideoSearchState> {
  const settings = motionSettingsOf(event)
  await deps.db.transaction().execute(async (tx) => {
    // Whoever hides a person holds this row: who is gone by now is left out.
    await shareEvent(tx, event.id)
    const isNew = await insertVideoSearch(tx, ref, { kind, footage })
    if (!isNew && !(await updateFootage(tx, ref, footage))) return
    const before = isNew ? [] : await findMoments(tx, ref)
    const asked = found.flatMap(({ moments }) => moments.flatMap(threadsOf))
    const living = new Set((await findThreads(tx, event.id, asked)).map(({ thread }) => thread))
    let ordinal = Math.max(-1, ...before.map((moment) => moment.ordinal)) + 1
    for (const { video, moments: all } of found.toSorted(byBest)) {
      const known = before.filter(({ videoId }) => videoId === video.id)
      const moments = all.filter(
        (moment) =>
          threadsOf(moment).every((one) => living.has(one)) &&
          !known.some((other) => overlap(moment, other)),
      )
      const rank = Math.max(0, ...known.map((moment) => moment.rank)) + 1
      const rows = []
      for (const [i, moment] of moments.entries()) {
        const clip =
          rank + i === 1
            ? await requestClip(
                tx,
                { event, video, settings },
                { ...moment, format: 'source', hasWatermark: settings.watermark },
                deps.enqueueClip,
              )
            : undefined
        rows.push({
          eventId: event.id,
          searchId: ref.requestId,
          ordinal: ordinal++,
          videoId: video.id,
          rank: rank + i,
          startSeconds: moment.startSeconds,
          endSeconds: moment.endSeconds,
          percentage: moment.percentage,
          thread: moment.thread,
          otherThreads: [...moment.otherThreads],
          clipId: clip?.id ?? null,
        })
      }
      if (rows.length > 0) await insertMoments(tx, rows)
    }
  })
  return findVideoSearchState(deps, ref)
}

type Span = Pick<MomentRow, 'startSeconds' | 'endSeconds'>
const overlap = (a: Span, b: Span) => a.startSeconds < b.endSeconds && b.startSeconds < a.endSeconds

const threadsOf = ({ thread, otherThreads }: Moment): string[] =>
  thread === null ? [] : [thread, ...otherThreads]

const byBest = (a: FoundVideo, b: FoundVideo) =>
  (b.moments[0]?.score ?? 0) - (a.moments[0]?.score ?? 0)

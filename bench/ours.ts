import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, fileForm } from './api.ts'
import { askChild } from './child.ts'
import type { StepCosts } from './cpu-steps.ts'
import { median } from './median.ts'
import type { PictureSet } from './picture-set.ts'
import { cpuSeconds, findChildren, findWorkers, peakMemory } from './process-figures.ts'
import {
  binBibs,
  type FaceScore,
  type ReliabilityBin,
  type Score,
  type ScoredBib,
  scoreBibs,
  scoreFaces,
} from './score.ts'
import { startSystem } from './system.ts'

export type Ours = {
  workers: number
  /** From the first upload until nothing of the event waits. */
  photosPerSecond: number
  /** Of the workers and what decodes for them while the event was processed, a photo. */
  workerCpuSeconds: number | undefined
  /** The largest worker's, in bytes. */
  workerPeakBytes: number | undefined
  /** The largest of the processes that decode for them. */
  decoderPeakBytes: number | undefined
  servePeakBytes: number | undefined
  /** From the first byte sent until the gallery lists it, nothing else going on. */
  latencyMs: number
  bibs: Score | undefined
  /** How far the scores of shown bibs can be believed. */
  reliability: ReliabilityBin[] | undefined
  bibsWithList: Score | undefined
  faces: FaceScore | undefined
  selfieMs: number | undefined
  costs: StepCosts
}

const LATENCY_RUNS = 5
/** Each question costs server and database 5 ms of CPU: at 50 ms it was 6 % of a photo of 12 megapixels. */
const POLL_MS = 250
const IDLE_LIMIT_MS = 45 * 60_000

/** Takes a set through a whole system over HTTP, as an organiser would, and through the same functions one step at a time. */
export async function measureOurs(
  set: PictureSet,
  { folder, signal }: { folder: string; signal: AbortSignal },
): Promise<Ours> {
  const paths = set.pictures.map(({ path }) => path)
  const costs = await askChild<StepCosts>(new URL('cpu-steps.ts', import.meta.url), paths, signal)
  const system = await startSystem({ dataDir: join(folder, `ours-${set.key}`) }, signal)
  try {
    const { api } = system
    const workers = await warmUp(system, paths)
    // They rest for half a minute before they end, so those of the warm-up take the event's photos too.
    const decoders = (await Promise.all(workers.map(findChildren))).flat()
    const begun = { at: performance.now(), cpu: await sumCpu([...workers, ...decoders]) }
    const eventId = await createEvent(api, 'Benchmark')
    const ids = await uploadAll(api, eventId, paths)
    await untilIdle(api, eventId)
    const seconds = (performance.now() - begun.at) / 1000
    const cpu = await sumCpu([...workers, ...decoders])
    const [workerPeakBytes, decoderPeakBytes] = [await peakOf(workers), await peakOf(decoders)]

    const read = await readBibs(api, { eventId, ids })
    const bibs = scoreBibs(set, namesOf(read))
    const bibsWithList = bibs && (await scoreWithList(api, { eventId, ids, set }))
    const searches = await searchSelfies(api, { eventId, ids, set })
    return {
      workers: workers.length,
      photosPerSecond: paths.length / seconds,
      workerCpuSeconds:
        cpu === undefined || begun.cpu === undefined ? undefined : (cpu - begun.cpu) / paths.length,
      workerPeakBytes,
      decoderPeakBytes,
      latencyMs: await measureLatency(api, paths),
      bibs,
      reliability: binBibs(set, read),
      bibsWithList,
      faces: scoreFaces(set, searches.found),
      selfieMs: searches.ms,
      servePeakBytes: await peakMemory(system.pid),
      costs,
    }
  } finally {
    await system.stop()
  }
}

/** Lets every worker load its networks; their ids. */
async function warmUp({ api, pid }: { api: Api; pid: number }, paths: string[]): Promise<number[]> {
  const eventId = await createEvent(api, 'Warm-up')
  await uploadAll(api, eventId, paths.slice(0, 6))
  await untilIdle(api, eventId)
  return findWorkers(pid)
}

async function peakOf(pids: readonly number[]): Promise<number | undefined> {
  const peaks = (await Promise.all(pids.map(peakMemory))).filter((bytes) => bytes !== undefined)
  return peaks.length > 0 ? Math.max(...peaks) : undefined
}

async function sumCpu(pids: readonly number[]): Promise<number | undefined> {
  const all = await Promise.all(pids.map(cpuSeconds))
  return all.reduce((sum, one) => (sum === undefined || one === undefined ? undefined : sum + one))
}

async function createEvent(api: Api, event_name: string): Promise<number> {
  const event = await api.manage<{ event_id: number }>('POST', '/events', { json: { event_name } })
  return event.event_id
}

const FILES_A_REQUEST = 4

/** Sends pictures as import tools do, two requests at a time. The ids of the photos, with the path of each. */
async function uploadAll(api: Api, eventId: number, paths: readonly string[]) {
  const pathOf = new Map<string, string>()
  const batches = Array.from({ length: Math.ceil(paths.length / FILES_A_REQUEST) }, (_, i) =>
    paths.slice(i * FILES_A_REQUEST, (i + 1) * FILES_A_REQUEST),
  ).values()
  const send = async () => {
    for (const batch of batches) {
      const form = await fileForm(batch)
      const { photos } = await api.manage<{
        photos: { image_id: string | null; error: string | null }[]
      }>('POST', `/event/${eventId}/photos`, { form })
      photos.forEach(({ image_id, error }, i) => {
        if (image_id === null) throw new Error(`${batch[i]} was refused: ${error}`)
        pathOf.set(image_id, batch[i]!)
      })
    }
  }
  await Promise.all([send(), send()])
  return pathOf
}

async function untilIdle(api: Api, eventId: number): Promise<void> {
  for (const end = Date.now() + IDLE_LIMIT_MS; Date.now() < end; await sleep(POLL_MS)) {
    const { photos, idle } = await api.manage<{ photos: { failed: number }; idle: boolean }>(
      'GET',
      `/event/${eventId}/progress`,
    )
    if (photos.failed > 0) throw new Error(`${photos.failed} photos failed`)
    if (idle) return
  }
  throw new Error(`the event is not idle after ${IDLE_LIMIT_MS / 60_000} minutes`)
}

type Uploaded = { eventId: number; ids: ReadonlyMap<string, string> }

const namesOf = (read: ReadonlyMap<string, readonly ScoredBib[]>) =>
  new Map([...read].map(([path, bibs]) => [path, bibs.map(({ bib }) => bib)]))

/** Which bibs each picture shows. */
async function readBibs(api: Api, { eventId, ids }: Uploaded) {
  const found = new Map<string, ScoredBib[]>()
  for (let page = 1; found.size < ids.size; page++) {
    const { photos } = await api.manage<{
      photos: { image_id: string; bibs: ScoredBib[] }[]
    }>('GET', `/event/${eventId}/photos?page=${page}&page_size=100`)
    if (photos.length === 0) break
    for (const { image_id, bibs } of photos) found.set(ids.get(image_id) ?? '', bibs)
  }
  return found
}

async function scoreWithList(api: Api, { set, ...uploaded }: Uploaded & { set: PictureSet }) {
  const csv = `bib\n${set.startList.join('\n')}\n`
  await api.manage('PUT', `/event/${uploaded.eventId}/start-list`, { csv })
  await untilIdle(api, uploaded.eventId)
  return scoreBibs(set, namesOf(await readBibs(api, uploaded)))
}

type Search = {
  request_id: string
  images: { image_id: string }[]
  pagination: { totalPages: number }
}

/** What each selfie finds, best first; ms is the median of the answers. */
async function searchSelfies(api: Api, { eventId, ids, set }: Uploaded & { set: PictureSet }) {
  const found = new Map<string, string[]>()
  const times: number[] = []
  const faces = `/event/${eventId}/faces`
  for (const { path } of set.selfies) {
    const form = await fileForm([path])
    const start = performance.now()
    const first = await api.read<Search>('POST', `${faces}?page_size=100`, { form })
    times.push(performance.now() - start)
    const { images } = first
    for (let page = 2; page <= first.pagination.totalPages; page++) {
      const next = `${faces}/${first.request_id}?page=${page}&page_size=100`
      images.push(...(await api.read<Search>('GET', next)).images)
    }
    found.set(
      path,
      images.map(({ image_id }) => ids.get(image_id) ?? ''),
    )
  }
  return { found, ms: times.length > 0 ? median(times) : undefined }
}

async function measureLatency(api: Api, paths: readonly string[]): Promise<number> {
  const eventId = await createEvent(api, 'One at a time')
  const times: number[] = []
  const runs = Math.min(LATENCY_RUNS, paths.length)
  for (let run = 0; run < runs; run++) {
    const path = paths[Math.floor((run * paths.length) / runs)]!
    await sleep(700) // longer than a worker waits between two looks at the queue
    const form = await fileForm([path])
    const start = performance.now()
    await api.manage('POST', `/event/${eventId}/photos`, { form })
    for (let listed = 0; listed <= run; await sleep(10)) {
      const { pagination } = await api.read<{ pagination: { total: number } }>(
        'GET',
        `/event/${eventId}/images?page_size=1`,
      )
      listed = pagination.total
    }
    times.push(performance.now() - start)
  }
  return median(times)
}

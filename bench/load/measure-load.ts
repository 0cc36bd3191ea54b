import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startSystem } from '../system.ts'
import { type Outcome, runArrivals, runFlatOut } from './arrivals.ts'
import { openClient } from './client.ts'
import {
  countDone,
  fillFinishLine,
  findDownloads,
  makeAsks,
  mixOf,
  untilDone,
  untilWorking,
  uploadMany,
} from './finish-line.ts'
import {
  findTree,
  measureCores,
  measureShares,
  residentBytes,
  type Shares,
} from './process-tree.ts'
import { startWorkers } from './workers.ts'

export type LoadReport = {
  seconds: number
  workers: number
  /** Server, workers and database at rest, before a model is loaded. */
  idle: { cores: number; bytes: number }
  /** Bib pages alone at a fixed rate. */
  bibs: Outcome
  bibsLoopMs: number
  images: { perSecond: number; errors: number }
  thumbnails: { perSecond: number; errors: number }
  /** Who used the cores in each part. */
  shares: { name: string; shares: Shares }[]
  /** Photos a second while nobody asks. */
  ingestAlone: number
  mix: Outcome[]
  mixLoopMs: number
  ingestInMix: number
  /** Of the server alone, after the mix. */
  serverBytes: number
}

const BIBS_PER_SECOND = 500
/** Participants share none: a request never waits for the answer to another's. */
const CONNECTIONS = 1024
const IMAGES_AT_ONCE = 32
const IDLE_SECONDS = 10
/** What a start sets off has come to rest by then. */
const SETTLE_MS = 8000
/** More photos than the workers do in the whole run. */
const COMING_IN = 400
const WARM_PHOTOS = 4

/** Starts a system on an empty folder and asks of it what participants ask after a race, while photos come in. */
export async function measureLoad({
  folder,
  workers: count,
  seconds,
  signal,
}: {
  folder: string
  workers: number
  seconds: number
  signal: AbortSignal
}): Promise<LoadReport> {
  process.env.TRACKSIDE_REQUESTS_PER_MINUTE = '10000000' // all of it comes with one key
  const dataDir = join(folder, 'data')
  const system = await startSystem({ dataDir, workers: 0 }, signal)
  const workers = startWorkers(dataDir, count)
  const client = openClient(system.url, CONNECTIONS)
  try {
    say('at rest')
    await untilWorking(dataDir, count, signal)
    await sleep(SETTLE_MS, undefined, { signal })
    const pids = await findTree([system.pid, ...workers.pids])
    const idle = {
      cores: await measureCores(pids, IDLE_SECONDS),
      bytes: await residentBytes(pids),
    }

    say('filling two events')
    const line = await fillFinishLine(system, { dataDir, folder, signal })
    const asks = makeAsks(line)
    const downloads = await findDownloads(system.api, line)
    const run = { seconds, signal }
    // What a first request opens and compiles is no part of the rest.
    const few = mixOf(asks, downloads).map((stream) => ({ ...stream, rate: 2 }))
    await runArrivals(client, few, { seconds: 1, signal })

    const shares: LoadReport['shares'] = []
    const share = async <Value>(name: string, work: () => Promise<Value>): Promise<Value> => {
      say(name)
      const measured = await measureShares({ server: system.pid, workers: workers.pids }, work)
      shares.push({ name, shares: measured.shares })
      return measured.value
    }
    await readLoopDelay(system.url)
    const [bibs] = await share('bib pages alone', () =>
      runArrivals(client, [{ name: 'bib page', rate: BIBS_PER_SECOND, make: asks.bib }], run),
    )
    const bibsLoopMs = await readLoopDelay(system.url)
    const flatOut = { ...run, atOnce: IMAGES_AT_ONCE }
    const images = await share('images alone', () => runFlatOut(client, asks.image, flatOut))
    const thumbnails = await share('thumbnails alone', () =>
      runFlatOut(client, asks.thumbnail, flatOut),
    )

    say('ingest alone')
    const eventId = await uploadMany(system.api, line.photoFiles, COMING_IN)
    await untilDone(system.api, eventId, WARM_PHOTOS)
    const rate = async (work: () => Promise<unknown>) => {
      const [before, began] = [await countDone(system.api, eventId), performance.now()]
      await work()
      const ended = performance.now()
      return ((await countDone(system.api, eventId)) - before) / ((ended - began) / 1000)
    }
    const ingestAlone = await rate(() => sleep(seconds * 1000, undefined, { signal }))
    let mix: Outcome[] = []
    await readLoopDelay(system.url)
    const ingestInMix = await rate(async () => {
      mix = await share('everything at once', () =>
        runArrivals(client, mixOf(asks, downloads), run),
      )
    })
    return {
      seconds,
      workers: count,
      idle,
      bibs: bibs!,
      bibsLoopMs,
      images,
      thumbnails,
      shares,
      ingestAlone,
      mix,
      mixLoopMs: await readLoopDelay(system.url),
      ingestInMix,
      serverBytes: await residentBytes([system.pid]),
    }
  } finally {
    client.close()
    await workers.stop()
    await system.stop()
  }
}

/** The 99th percentile of the server's event-loop delay since it was asked last, in milliseconds. */
async function readLoopDelay(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  const seconds = metrics.match(/^trackside_nodejs_eventloop_lag_p99_seconds\S* (\S+)$/m)?.[1]
  if (seconds === undefined) throw new Error('the server tells no event-loop delay')
  return Number(seconds) * 1000
}

const say = (what: string) => console.error(`Load: ${what} …`)

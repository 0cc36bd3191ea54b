import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../percentile.ts'
import type { Ask, Client } from './client.ts'

export type Stream = {
  name: string
  /** Requests a second; they come on time whether or not those before are answered. */
  rate: number
  /** The n-th request. */
  make: (n: number) => Ask
}

export type Outcome = {
  name: string
  asked: number
  /** Answered in each second of the run, on average. */
  answeredPerSecond: number
  p50: number
  p95: number
  p99: number
  /** Refused with 429; with the time to come again in each. */
  shed: number
  shedWithoutRetryAfter: number
  errors: number
  /** The first error, to be told. */
  problem: string | undefined
}

/** More on their way than these would be a server that stands still: they count as errors. */
const MAX_OPEN = 3000

/**
 * Sends several streams at once for some seconds. Requests come at fixed times, and how long one took counts from then, not from
 * when a connection was free: a server that stalls is not spared those that would have come meanwhile (coordinated omission).
 */
export async function runArrivals(
  client: Client,
  streams: readonly Stream[],
  { seconds, signal }: { seconds: number; signal: AbortSignal },
): Promise<Outcome[]> {
  const began = performance.now()
  return Promise.all(streams.map((stream) => runStream(client, stream, { began, seconds, signal })))
}

async function runStream(
  client: Client,
  { name, rate, make }: Stream,
  { began, seconds, signal }: { began: number; seconds: number; signal: AbortSignal },
): Promise<Outcome> {
  const total = Math.floor(rate * seconds)
  const milliseconds: number[] = []
  const open = new Set<Promise<void>>()
  let [shed, shedWithoutRetryAfter, errors] = [0, 0, 0]
  let problem: string | undefined
  const fail = (what: string) => {
    errors++
    problem ??= what
  }
  const sendOne = async (n: number, due: number) => {
    try {
      const { status, retryAfter } = await client.send(make(n))
      if (status === 429) {
        shed++
        if (!retryAfter) shedWithoutRetryAfter++
      } else if (status >= 200 && status < 300) milliseconds.push(performance.now() - due)
      else fail(`status ${status}`)
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error))
    }
  }
  for (let n = 0; n < total; n++) {
    signal.throwIfAborted()
    const due = began + (n * 1000) / rate
    const early = due - performance.now()
    // Timers are a millisecond apart: requests that are due go together.
    if (early > 0) await sleep(early)
    if (open.size >= MAX_OPEN) {
      fail(`${MAX_OPEN} requests without an answer`)
      continue
    }
    const sent = sendOne(n, due).finally(() => open.delete(sent))
    open.add(sent)
  }
  await Promise.all(open)
  return {
    name,
    asked: total,
    answeredPerSecond: milliseconds.length / ((performance.now() - began) / 1000),
    p50: percentile(milliseconds, 0.5),
    p95: percentile(milliseconds, 0.95),
    p99: percentile(milliseconds, 0.99),
    shed,
    shedWithoutRetryAfter,
    errors,
    problem,
  }
}

/** How many requests a second are answered when so many are always under way: what the server can at most. */
export async function runFlatOut(
  client: Client,
  make: (n: number) => Ask,
  { atOnce, seconds, signal }: { atOnce: number; seconds: number; signal: AbortSignal },
): Promise<{ perSecond: number; errors: number }> {
  const began = performance.now()
  let [n, good, errors] = [0, 0, 0]
  const lane = async () => {
    while (performance.now() - began < seconds * 1000 && !signal.aborted) {
      const { status } = await client.send(make(n++))
      if (status === 200) good++
      else errors++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return { perSecond: good / ((performance.now() - began) / 1000), errors }
}

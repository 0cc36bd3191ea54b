import { join } from 'node:path'
import type { Api } from './api.ts'
import { median } from './median.ts'
import { seedEvent } from './seed-event.ts'
import { startSystem } from './system.ts'

export type DeepPages = {
  photos: number
  pageSize: number
  seedSeconds: number
  /** p50 over HTTP, in milliseconds. */
  firstMs: number
  lastMs: number
  daysMs: number
}

const PHOTOS = 1_000_000
const PAGE_SIZE = 100
const RUNS = 40

/** First page, last page and timeline of an event with a million photos, of which only the rows exist. */
export async function measureDeepPages({
  folder,
  signal,
}: {
  folder: string
  signal: AbortSignal
}): Promise<DeepPages> {
  const dataDir = join(folder, 'pages')
  const system = await startSystem({ dataDir, workers: 0 }, signal)
  try {
    const { api } = system
    const { event_id: eventId } = await api.manage<{ event_id: number }>('POST', '/events', {
      json: { event_name: 'A million photos' },
    })
    const seedSeconds = await seedEvent(dataDir, { eventId, photos: PHOTOS }, signal)

    const page = (number: number) =>
      `/event/${eventId}/images?page=${number}&page_size=${PAGE_SIZE}`
    const last = PHOTOS / PAGE_SIZE
    await assertFull(api, page(last))
    const times: Record<'first' | 'last' | 'days', number[]> = { first: [], last: [], days: [] }
    for (let run = 0; run < RUNS; run++) {
      times.first.push(await timeRead(api, page(1)))
      times.last.push(await timeRead(api, page(last)))
      times.days.push(await timeRead(api, `/event/${eventId}/timeline/days`))
    }
    return {
      photos: PHOTOS,
      pageSize: PAGE_SIZE,
      seedSeconds,
      firstMs: median(times.first),
      lastMs: median(times.last),
      daysMs: median(times.days),
    }
  } finally {
    await system.stop()
  }
}

async function timeRead(api: Api, path: string): Promise<number> {
  const start = performance.now()
  await api.read('GET', path)
  return performance.now() - start
}

async function assertFull(api: Api, path: string): Promise<void> {
  const { images, pagination } = await api.read<{
    images: unknown[]
    pagination: { total: number; hasNextPage: boolean }
  }>('GET', path)
  if (images.length !== PAGE_SIZE || pagination.total !== PHOTOS || pagination.hasNextPage)
    throw new Error(`${path}: ${images.length} of ${pagination.total} photos`)
}

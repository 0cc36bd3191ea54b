import { SvelteMap } from 'svelte/reactivity'
import type { Photo, PhotoPage } from '../types.ts'
import { CHUNK } from './chunk.ts'

/** Chunks kept in memory: the ones farthest from where the person is go first. */
const MOST_CHUNKS = 120

/** A long list of photos of which only parts are here. */
export type Source = {
  readonly total: number
  at(index: number): Photo | undefined
  chunk(number: number): readonly Photo[] | undefined
  /** Sees to it that a chunk comes; does nothing when it is here or on its way. */
  need(chunk: number): Promise<void>
}

/** Photos that the server gives page by page. */
export function pagedSource(
  total: number,
  load: (page: { offset: number; limit: number }) => Promise<PhotoPage>,
): Source {
  const chunks = new SvelteMap<number, Photo[]>()
  const onTheirWay = new Map<number, Promise<void>>()
  let count = $state(total)

  async function fetchChunk(chunk: number) {
    const page = await load({ offset: chunk * CHUNK, limit: CHUNK })
    count = page.total
    chunks.set(chunk, page.photos)
    if (chunks.size > MOST_CHUNKS) {
      const farthest = [...chunks.keys()].sort((a, b) => Math.abs(b - chunk) - Math.abs(a - chunk))
      for (const far of farthest.slice(0, chunks.size - MOST_CHUNKS)) chunks.delete(far)
    }
  }
  return {
    get total() {
      return count
    },
    at: (index) => chunks.get(Math.floor(index / CHUNK))?.[index % CHUNK],
    chunk: (number) => chunks.get(number),
    need(chunk) {
      if (chunks.has(chunk)) return Promise.resolve()
      const known = onTheirWay.get(chunk)
      if (known) return known
      const loading = fetchChunk(chunk).finally(() => onTheirWay.delete(chunk))
      onTheirWay.set(chunk, loading)
      return loading
    },
  }
}

/** Photos that are all here. */
export function listSource(photos: readonly Photo[]): Source {
  return {
    total: photos.length,
    at: (index) => photos[index],
    chunk: (number) => photos.slice(number * CHUNK, (number + 1) * CHUNK),
    need: () => Promise.resolve(),
  }
}

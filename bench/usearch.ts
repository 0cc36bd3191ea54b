import { createRequire } from 'node:module'
import { ensureInstalled, FOLDER } from './off-the-shelf.ts'

type Vectors = Float32Array | Int8Array

/** Exact search of https://github.com/unum-cloud/USearch over vectors that lie one after the other. */
export type Usearch = {
  /** Rows of the `count` nearest by inner product. */
  search(vectors: Vectors, query: Vectors, count: number): number[]
}

/** @param threads as many as our own index has */
export async function openUsearch(threads: number, signal: AbortSignal): Promise<Usearch> {
  await ensureInstalled(signal)
  const { exactSearch, MetricKind } = createRequire(new URL('index.js', FOLDER))('usearch')
  return {
    search(vectors, query, count) {
      const found = exactSearch(vectors, query, query.length, count, MetricKind.IP, threads)
      return Array.from(found.keys as BigUint64Array, Number)
    },
  }
}

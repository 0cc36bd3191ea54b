import type { BibRead } from './bibs/engine/bib-read.ts'
import type { BibReader } from './bibs/index.ts'
import type { FoundFace } from './faces/engine/found-face.ts'
import type { FaceFinder, SelfieReader } from './faces/index.ts'
import { createThreadPool } from './inference/thread-pool.ts'

/** The engines, in worker threads of this process. */
export type Recognition = {
  bibReader: BibReader
  faceFinder: FaceFinder
  selfieReader: SelfieReader
  stop(): Promise<void>
}

export type ThreadData = { cacheDir: string }

/** This file runs as it is, and as JavaScript in the built package. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './recognition-thread.ts' : './recognition-thread.js',
  import.meta.url,
)

/**
 * @param threads networks are loaded once in each
 * @param maxQueue pictures that may wait; more are refused with recognition_busy
 */
export function openRecognition({
  cacheDir,
  threads,
  maxQueue,
}: {
  cacheDir: string
  threads: number
  maxQueue: number
}): Recognition {
  const workerData: ThreadData = { cacheDir }
  const pool = createThreadPool({ entry: ENTRY, workerData, size: threads, maxQueue })
  return {
    bibReader: (picture, signal) => pool.run<BibRead[]>('readBibs', picture, signal),
    faceFinder: (picture, signal) => pool.run<FoundFace[]>('findFaces', picture, signal),
    selfieReader: (selfie, signal) =>
      pool.run<Float32Array | undefined>('readSelfie', selfie, signal),
    stop: () => pool.stop(),
  }
}

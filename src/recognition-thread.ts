import { workerData } from 'node:worker_threads'
import { openBibEngine } from './bibs/engine/open-bib-engine.ts'
import { openFaceEngine } from './faces/engine/open-face-engine.ts'
import { readSelfie } from './faces/engine/read-selfie.ts'
import { prepareFaceModels } from './faces/weights/prepare-face-models.ts'
import { serveThread } from './inference/serve-thread.ts'
import type { Picture } from './media/picture.ts'
import type { ThreadData } from './recognition.ts'

const { cacheDir } = workerData as ThreadData

/** Calls `open` when first asked, and again when that failed. */
function lazy<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined
  return () =>
    (opened ??= open().catch((error: unknown) => {
      opened = undefined
      throw error
    }))
}

const bibs = lazy(openBibEngine)
const faces = lazy(async () => openFaceEngine(await prepareFaceModels(cacheDir)))

serveThread({
  readBibs: async (picture: Picture) => (await bibs()).readBibs(picture),
  findFaces: async (picture: Picture) => (await faces()).findFaces(picture),
  readSelfie: async (selfie: Uint8Array) => readSelfie(await faces(), selfie),
})

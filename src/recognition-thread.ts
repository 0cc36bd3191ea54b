import { workerData } from 'node:worker_threads'
import { openBibEngine } from './bibs/engine/open-bib-engine.ts'
import { openFaceEngines } from './faces/engine/open-face-engines.ts'
import { lazy } from './inference/lazy.ts'
import { serveThread } from './inference/serve-thread.ts'
import { openByteNet, openNet } from './inference/session.ts'
import { collectEvery } from './lib/collect-garbage.ts'
import { giveWayAsThread } from './lib/give-way.ts'
import type { Picture } from './media/picture.ts'
import type {
  BibTask,
  FacesToDescribe,
  FaceTask,
  FaceToLocate,
  KnownFaceToDescribe,
  ThreadData,
} from './recognition.ts'

giveWayAsThread()

const { cacheDir, modelsDir } = workerData as ThreadData

const bibs = lazy(() => openBibEngine({ openNet, openByteNet }))
const faces = openFaceEngines({ cacheDir, modelsDir, openNet })

/** Bytes of pictures after which this isolate is made to collect: after 7 photos of 12 megapixels, each of which comes twice. */
const COLLECT_EVERY_BYTES = 512e6
const countPicture = collectEvery(COLLECT_EVERY_BYTES)
const seen = (picture: Picture): Picture => {
  countPicture(picture.data)
  return picture
}

serveThread({
  readBibs: async ({ picture, faces }: BibTask) => (await bibs()).readBibs(seen(picture), faces),
  findFaces: async ({ input, model }: FaceTask<Picture>) =>
    (await faces(model)).findFaces(seen(input)),
  locateFaces: async ({ input: { picture, look }, model }: FaceTask<FaceToLocate>) =>
    (await faces(model)).locateFaces(seen(picture), look),
  describeFaces: async ({ input, model }: FaceTask<FacesToDescribe>) =>
    (await faces(model)).describeFaces(seen(input.picture), input.faces),
  describeKnownFace: async ({ input, model }: FaceTask<KnownFaceToDescribe>) =>
    (await faces(model)).describeKnownFace(seen(input.picture), input.known),
  readSelfie: async ({ input, model }: FaceTask<Picture>) =>
    (await (await faces(model)).findSelfie(seen(input)))?.embedding,
})

import { readBibs, republishBibsJob } from './bibs/index.ts'
import type { Context } from './context.ts'
import type { Tx } from './db/connect.ts'
import { eraseEventJob } from './events/index.ts'
import { eraseFaceFiles, indexFaces, REINDEX_SHARES, reindexFacesJob } from './faces/index.ts'
import {
  deriveReceiptKey,
  forgetAllFaces,
  forgetPersonJob,
  hideWearersOf,
  indexAllFaces,
  purgeFacesJob,
} from './forgetting/index.ts'
import { bindJob } from './jobs/define-job.ts'
import type { Enqueue } from './jobs/queue.ts'
import {
  cutClipJob,
  eraseVideoJob,
  indexSegmentJob,
  probeVideoJob,
  reindexLooksJob,
} from './motion/index.ts'
import {
  countPhotos,
  erasePhotoJob,
  type PictureStep,
  preparePhotoJob,
  retimePhotosJob,
} from './photos/index.ts'
import { erasePreviews, RESTAMP_SHARES, restampJob, stampPhoto } from './stamp/index.ts'

/** Every kind of job there is. */
export const JOBS = [
  preparePhotoJob,
  restampJob,
  republishBibsJob,
  retimePhotosJob,
  erasePhotoJob,
  eraseEventJob,
  reindexFacesJob,
  probeVideoJob,
  indexSegmentJob,
  reindexLooksJob,
  cutClipJob,
  eraseVideoJob,
  forgetPersonJob,
  purgeFacesJob,
] as const

/** Which job follows which act: the acts enqueue inside their own transactions. */
export const followUps = (enqueue: Enqueue) => {
  const acts = actsOf(enqueue)
  return {
    ...acts,
    forgetAllFaces: (tx: Tx, eventId: number) => forgetAllFaces(acts, tx, eventId),
    indexAllFaces: (tx: Tx, eventId: number) => indexAllFaces(acts, tx, eventId),
  }
}

const actsOf = (enqueue: Enqueue) => ({
  /** Of one event, whose rows wait already: events take turns, so that nobody's thousands hold up another's fifty. */
  enqueuePrepare: async (tx: Tx, ...photos: { eventId: number; photoId: string }[]) => {
    const [first] = photos
    if (!first) return
    const waiting = await countPhotos(tx, first.eventId, ['pending'])
    await enqueue(tx, preparePhotoJob, photos, { behind: waiting - photos.length })
  },
  enqueueErase: (tx: Tx, photo: { eventId: number; photoId: string; stampRecipe: string | null }) =>
    enqueue(tx, erasePhotoJob, [photo]),
  enqueueProbe: (tx: Tx, video: { eventId: number; videoId: string }) =>
    enqueue(tx, probeVideoJob, [video]),
  enqueueSegments: (tx: Tx, segments: { eventId: number; videoId: string; ordinal: number }[]) =>
    enqueue(tx, indexSegmentJob, segments),
  enqueueClip: (tx: Tx, clip: { eventId: number; clipId: string }) =>
    enqueue(tx, cutClipJob, [clip]),
  enqueueVideoErase: (tx: Tx, video: { eventId: number; videoId: string; clipIds?: string[] }) =>
    enqueue(tx, eraseVideoJob, [video]),
  enqueueForget: (tx: Tx, hiding: { eventId: number; hidingId: string }) =>
    enqueue(tx, forgetPersonJob, [hiding]),
  enqueuePurge: (tx: Tx, eventId: number) => enqueue(tx, purgeFacesJob, [{ eventId }]),
  erase: (tx: Tx, eventId: number) => enqueue(tx, eraseEventJob, [{ eventId }]),
  retime: (tx: Tx, eventId: number) => enqueue(tx, retimePhotosJob, [{ eventId }]),
  republish: (tx: Tx, eventId: number) => enqueue(tx, republishBibsJob, [{ eventId }]),
  restamp: (tx: Tx, eventId: number) =>
    enqueue(
      tx,
      restampJob,
      sharesOf(RESTAMP_SHARES).map((share) => ({ eventId, ...share })),
    ),
  reindex: async (tx: Tx, eventId: number, model: string) => {
    const shares = sharesOf(REINDEX_SHARES).map((share) => ({ eventId, model, ...share }))
    await enqueue(tx, reindexFacesJob, shares)
    await enqueue(tx, reindexLooksJob, shares)
  },
})

const sharesOf = (shares: number) =>
  Array.from({ length: shares }, (_, share) => ({ share, shares }))

/** What is done with every photo's pixels, from one decode. */
const pictureSteps = (context: Context): PictureStep[] => [
  (input, signal) => stampPhoto(context, input, signal),
  async (input, signal) => {
    const deps = { ...context, ...context.recognition }
    const faces = await indexFaces(deps, input, signal)
    const readings = await readBibs(deps, { ...input, faces }, signal) // bibs are below faces
    await hideWearersOf(context, input.photo, readings)
  },
]

/** The jobs with their dependencies: what a worker runs. */
export function bindJobs(context: Context) {
  const { db, store, decode, giveBack, runTool } = context
  const { restamp, enqueueSegments, enqueueVideoErase } = followUps(context.queue.enqueue)
  const receiptKey = deriveReceiptKey(context.signingSecret)
  return [
    bindJob(preparePhotoJob, {
      db,
      store,
      decode,
      giveBack,
      restamp,
      steps: pictureSteps(context),
    }),
    bindJob(restampJob, { db, store }),
    bindJob(republishBibsJob, { db }),
    bindJob(retimePhotosJob, { db }),
    bindJob(erasePhotoJob, {
      store,
      eraseTraces: async (photo) => {
        await erasePreviews(context, photo)
        await eraseFaceFiles(context, photo.eventId)
      },
    }),
    bindJob(eraseEventJob, { db, store }),
    bindJob(reindexFacesJob, { ...context, ...context.recognition }),
    bindJob(probeVideoJob, { db, store, runTool, enqueueSegments }),
    bindJob(indexSegmentJob, { ...context, ...context.recognition }),
    bindJob(reindexLooksJob, { ...context, ...context.recognition, enqueueVideoErase }),
    bindJob(cutClipJob, { db, store, runTool }),
    bindJob(eraseVideoJob, { store }),
    bindJob(purgeFacesJob, { db, store, enqueueVideoErase }),
    bindJob(forgetPersonJob, { ...context, receiptKey, enqueueVideoErase }),
  ]
}

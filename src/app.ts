import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { bibRoutes, correctionRoutes, findBibsOfPhotos, startListRoutes } from './bibs/index.ts'
import {
  auditRoutes,
  consolePageRoutes,
  coverageRoutes,
  findSession,
  sessionRoutes,
} from './console/index.ts'
import type { Context } from './context.ts'
import { objectRoutes, originalRoutes } from './downloads/index.ts'
import { eventRoutes, manageEventRoutes, requireEvent } from './events/index.ts'
import { faceRoutes, findFacesOfPhotos } from './faces/index.ts'
import { deriveReceiptKey, hideMeRoutes, hidingRoutes } from './forgetting/index.ts'
import { galleryPageRoutes, galleryRoutes } from './gallery/index.ts'
import { authenticate } from './http/authenticate.ts'
import { baseUrlOf } from './http/base-url.ts'
import { createKnownKeys } from './http/known-keys.ts'
import { createMetrics, type Metrics, metricsPlugin } from './http/metrics.ts'
import { openApiPlugin } from './http/openapi.ts'
import { rateLimitPlugin } from './http/rate-limit.ts'
import { securityHeadersPlugin } from './http/security-headers.ts'
import { createServer, type Server } from './http/server.ts'
import { PATIENCE, slowClientsPlugin } from './http/slow-clients.ts'
import { readWebPages, webAssetsPlugin } from './http/web-pages.ts'
import { coalesceBy } from './lib/coalesce.ts'
import { AppError } from './lib/errors.ts'
import { assertFfmpeg } from './media/find-ffmpeg.ts'
import type { ToolDeps } from './media/run-ffmpeg.ts'
import {
  clipRoutes,
  countVideos,
  isVideoInEvent,
  manageVideoRoutes,
  noteSelfie,
  retryVideoRoutes,
  storeVideo,
  videoSearchRoutes,
} from './motion/index.ts'
import { findKeyByHash, keyRoutes } from './orgs/index.ts'
import {
  cameraRoutes,
  countPhotosByStatus,
  findCoverPhotos,
  imageRoutes,
  managePhotoRoutes,
  type PhotoEvidence,
  previewUrl,
  retryRoutes,
  type StoreVideo,
  uploadRoutes,
} from './photos/index.ts'
import { followUps } from './pipeline.ts'
import { previewRoutes, watermarkRoutes } from './stamp/index.ts'
import { timelineRoutes } from './timeline/index.ts'
import { VERSION } from './version.ts'

type AppOptions = {
  metrics?: Metrics
  workerMetrics?: () => unknown[]
  /** True from the wish to stop on: it still answers, and says that it should not be asked any more. */
  isDraining?: () => boolean
}

/** The HTTP surfaces on their dependencies; not yet listening. */
export async function createApp(
  context: Context,
  {
    metrics = createMetrics(),
    workerMetrics = () => [],
    isDraining = () => false,
  }: AppOptions = {},
): Promise<Server> {
  const { config, db, readDb, store, queue, eventFaces } = context
  const baseUrl = baseUrlOf(config.publicUrl)
  const following = followUps(queue.enqueue)
  const { maxPhotoBytes, maxVideoBytes } = config
  const deps = {
    ...context,
    ...context.recognition,
    ...following,
    baseUrl,
    maxPhotoBytes,
    maxVideoBytes,
    assertVideos: () => assertFfmpeg(context),
    hasVideos: async (eventId: number) =>
      (await isVideoInEvent(db, eventId)) && (await hasFfmpeg(context)),
    countVideos: (eventId: number) => countVideos(db, eventId),
    storeVideo: (video: Parameters<StoreVideo>[0]) =>
      storeVideo({ db, store, maxVideoBytes, ...following }, video),
    noteSelfie: (search: Parameters<typeof noteSelfie>[1]) =>
      noteSelfie({ ...context, ...context.recognition }, search),
    maxSelfieBytes: config.maxSelfieBytes,
    receiptKey: deriveReceiptKey(context.signingSecret),
    uploadsDir: `${config.dataDir}/uploads`,
    hasOpenJobs: queue.hasOpenJobs,
    findEvidence: (eventId: number, ids: string[]) => findEvidence(context, eventId, ids),
    findCovers: async (eventIds: readonly number[], base: string) =>
      new Map(
        (await findCoverPhotos(db, eventIds)).map((photo) => [
          photo.eventId,
          previewUrl(base, 'large', photo),
        ]),
      ),
  }

  // Lists and bib searches may be a moment behind; rights, selfies, originals and what organisers see may not.
  const lagging = { ...deps, db: readDb }
  const app = createServer(context.log, config)
  await app.register(
    securityHeadersPlugin({ isHttps: config.publicUrl?.startsWith('https:') ?? false }),
  )
  await app.register(slowClientsPlugin(PATIENCE))
  // The client, or the proxy before us, takes its next request elsewhere.
  app.addHook('onRequest', async (_request, reply) => {
    if (isDraining()) reply.header('Connection', 'close')
  })
  await app.register(openApiPlugin({ version: VERSION }))
  await app.register(
    metricsPlugin(metrics, {
      queueDepth: queue.depth,
      photosByStatus: () => countPhotosByStatus(db),
      faceIndex: () => ({ bytes: eventFaces.bytes, events: eventFaces.size }),
      workers: workerMetrics,
    }),
  )
  await app.register(healthRoutes(context, isDraining))
  await app.register(previewRoutes({ db, store }))
  const pages = readWebPages()
  await app.register(webAssetsPlugin(pages))
  await app.register(consolePageRoutes({ pages }))
  await app.register(galleryPageRoutes({ ...deps, pages }))
  await app.register(clipRoutes(context))
  await app.register(objectRoutes({ store, signingSecret: context.signingSecret }))

  const knownKeys = createKnownKeys()
  const identities = {
    findKey: coalesceBy(async (hash: string) => {
      const found = await findKeyByHash(db, Buffer.from(hash, 'base64'))
      knownKeys.note(hash, found !== undefined)
      return found
    }),
    findSession: (secret: string) => findSession(deps, secret),
  }
  const surface = (scope: 'read' | 'manage', routes: FastifyPluginAsyncTypebox[]) =>
    async function surfaceRoutes(app: FastifyInstance) {
      await app.register(rateLimitPlugin({ ...config, isKnownKey: knownKeys.has }))
      app.decorateRequest('identity', undefined)
      app.decorateRequest('event', undefined)
      app.addHook('onRequest', authenticate(identities, scope))
      app.addHook('preHandler', requireEvent({ db }))
      for (const route of routes) await app.register(route)
    }

  await app.register(
    surface('read', [
      eventRoutes(deps),
      imageRoutes(lagging),
      bibRoutes(lagging),
      faceRoutes(deps),
      timelineRoutes(lagging),
      originalRoutes(deps),
      videoSearchRoutes(deps),
    ]),
    { prefix: '/api/v1/ext' },
  )
  await app.register(
    surface('manage', [
      manageEventRoutes(deps),
      managePhotoRoutes(deps),
      retryRoutes(deps),
      manageVideoRoutes(deps),
      retryVideoRoutes(deps),
      uploadRoutes(deps),
      cameraRoutes(deps),
      watermarkRoutes(deps),
      startListRoutes(deps),
      correctionRoutes(deps),
      keyRoutes(deps),
      coverageRoutes(deps),
      auditRoutes(deps),
      hidingRoutes(deps),
    ]),
    { prefix: '/api/v1/manage' },
  )

  await app.register(
    async (app) => {
      await app.register(rateLimitPlugin(config))
      await app.register(sessionRoutes(deps))
    },
    { prefix: '/api/v1/console' },
  )

  await app.register(galleryRoutes(deps, [hideMeRoutes(deps)]), { prefix: '/api/v1/gallery' })

  // Deletions reach the indexes in memory within seconds, also while nobody searches.
  const sweeping = setInterval(() => {
    eventFaces.sweep().catch((err: unknown) => context.log.warn({ err }, 'face index sweep'))
  }, 2000)
  sweeping.unref()
  app.addHook('onClose', async () => clearInterval(sweeping))
  return app
}

const healthRoutes =
  ({ pool }: Context, isDraining: () => boolean) =>
  async (app: FastifyInstance) => {
    app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }))
    app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
      if (isDraining()) return reply.code(503).send({ status: 'stopping' })
      const isReady = await pool.query('select 1').then(
        () => true,
        () => false,
      )
      return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'no database' })
    })
  }

/** Videos need ffmpeg; without it nobody is offered them. */
const hasFfmpeg = (deps: ToolDeps) =>
  assertFfmpeg(deps).then(
    () => true,
    (error: unknown) => {
      if (error instanceof AppError && error.code === 'video_unavailable') return false
      throw error
    },
  )

async function findEvidence({ db }: Context, eventId: number, ids: string[]) {
  const [bibs, faces] = await Promise.all([
    findBibsOfPhotos(db, eventId, ids),
    findFacesOfPhotos(db, eventId, ids),
  ])
  const evidence = new Map<string, PhotoEvidence>(ids.map((id) => [id, { bibs: [], faces: [] }]))
  for (const { photoId, ...bib } of bibs) evidence.get(photoId)?.bibs.push(bib)
  for (const { photoId, id, ...face } of faces)
    evidence.get(photoId)?.faces.push({ face_id: id, ...face })
  return evidence
}

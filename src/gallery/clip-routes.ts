import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { publicFailures, Success, success } from '../http/envelope.ts'
import { clipUrlOf, type VideoSearchDeps } from '../motion/index.ts'
import { askClips, followClips } from './find-clips.ts'
import { galleryOf } from './require-gallery.ts'
import { ClipWish, GalleryClips, GalleryParams } from './schema.ts'
import { clipsView } from './views.ts'

/** From one address. Each may have clips cut, of which one takes about a second of a worker. */
const SEARCHES_PER_MINUTE = 60

const common = [
  'gallery_not_found',
  'gallery_closed',
  'gallery_locked',
  'feature_disabled',
  'video_unavailable',
] as const

export type ClipRouteDeps = VideoSearchDeps & {
  signingSecret: string
  assertVideos: () => Promise<void>
}

/** Clips of a person, a bib or a time. */
export const galleryClipRoutes =
  (deps: ClipRouteDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addHook('preHandler', () => deps.assertVideos())
    const clipUrl = clipUrlOf('', deps.signingSecret)

    app.post(
      '/:slug/clips',
      {
        config: { rateLimit: { max: SEARCHES_PER_MINUTE, timeWindow: 60_000 } },
        schema: {
          operationId: 'askGalleryClips',
          summary: 'Clips of the person of a result, of a bib, or of a time',
          description:
            'One a video, of its best moment. Answers at once with those that are ready; follow the request_id while it says processing.',
          tags: ['gallery'],
          security: [],
          params: GalleryParams,
          body: ClipWish,
          response: {
            200: Success(GalleryClips),
            ...publicFailures(...common, 'result_not_found', 'request_forged'),
          },
        },
      },
      async (request) => {
        const found = await askClips(deps, { event: galleryOf(request), wish: request.body })
        return success('Clips', clipsView(clipUrl, found))
      },
    )

    app.get(
      '/:slug/clips/:request_id',
      {
        schema: {
          operationId: 'getGalleryClips',
          summary: 'How far a search for clips is',
          tags: ['gallery'],
          security: [],
          params: Type.Object({
            ...GalleryParams.properties,
            request_id: Type.String({ format: 'uuid' }),
          }),
          response: {
            200: Success(GalleryClips),
            ...publicFailures(...common, 'request_not_found'),
          },
        },
      },
      async (request) => {
        const ref = { eventId: galleryOf(request).id, requestId: request.params.request_id }
        return success('Clips', clipsView(clipUrl, await followClips(deps, ref)))
      },
    )
  }

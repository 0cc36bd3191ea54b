import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { assertFeature } from '../events/index.ts'
import { clientGone } from '../http/client-gone.ts'
import { publicFailures, Success, success } from '../http/envelope.ts'
import { readSelfieForm } from '../http/selfie-form.ts'
import { correctResult, forgetResult, shareResult, unshareResult } from './change-result.ts'
import { galleryOf } from './require-gallery.ts'
import { GalleryParams, GalleryResult, NotMe, ResultParams, SelfieUpload, Share } from './schema.ts'
import { showResult } from './show-result.ts'
import { type SelfieDeps, takeSelfies } from './take-selfies.ts'

/** From one address: a finish area is one, and the queue of selfies has its own limit. */
const SELFIES_PER_MINUTE = 120
const SELFIES_AT_ONCE = 3

const common = [
  'gallery_not_found',
  'gallery_closed',
  'gallery_locked',
  'feature_disabled',
  'result_not_found',
] as const
const forHolder = [...common, 'result_of_another', 'request_forged'] as const

/** Searches by selfie: their results can be reopened, corrected, shared and forgotten. */
export const galleryResultRoutes =
  (deps: SelfieDeps & { maxSelfieBytes: number }): FastifyPluginAsyncTypebox =>
  async (app) => {
    await app.register(multipart, {
      limits: {
        files: SELFIES_AT_ONCE,
        fields: 5,
        fieldSize: 1000,
        fileSize: deps.maxSelfieBytes,
      },
    })
    app.addHook('preHandler', async (request) => {
      assertFeature(galleryOf(request), 'selfie_search')
    })

    app.post(
      '/:slug/selfie',
      {
        config: {
          rateLimit: { max: SELFIES_PER_MINUTE, timeWindow: 60_000 },
          streamedBody: SelfieUpload,
        },
        schema: {
          operationId: 'takeGallerySelfie',
          summary: 'The photos that show the person of one to three selfies',
          description:
            'The pictures are held in memory only. Of each face a vector is kept until the result expires or is forgotten: so photos that come later are found too.',
          tags: ['gallery'],
          security: [],
          consumes: ['multipart/form-data'],
          params: GalleryParams,
          response: {
            200: Success(GalleryResult),
            ...publicFailures(
              ...forHolder,
              'selfie_missing',
              'selfie_empty',
              'selfie_not_a_picture',
              'selfie_no_face',
              'invalid_body',
              'upload_too_large',
              'recognition_busy',
            ),
          },
        },
      },
      async (request, reply) => {
        const event = galleryOf(request)
        const { selfies, fields } = await readSelfieForm(request)
        const given = fields.get('result') || undefined
        const signal = clientGone(reply)
        const token = await takeSelfies(deps, { event, selfies, token: given }, signal)
        return success('Your photos', await showResult(deps, { event, token }, signal))
      },
    )

    app.get(
      '/:slug/results/:token',
      {
        schema: {
          operationId: 'getGalleryResult',
          summary: 'A result, photos that came since included',
          tags: ['gallery'],
          security: [],
          params: ResultParams,
          response: { 200: Success(GalleryResult), ...publicFailures(...common) },
        },
      },
      async (request, reply) => {
        const asked = { event: galleryOf(request), token: request.params.token }
        return success('Your photos', await showResult(deps, asked, clientGone(reply)))
      },
    )

    app.post(
      '/:slug/results/:token/not-me',
      {
        schema: {
          operationId: 'correctGalleryResult',
          summary: 'Hide a photo that shows somebody else, or show it again',
          tags: ['gallery'],
          security: [],
          params: ResultParams,
          body: NotMe,
          response: {
            200: Success(GalleryResult),
            ...publicFailures(...forHolder, 'photo_not_found'),
          },
        },
      },
      async (request) => {
        const { photo_id: photoId, not_me: isNotMe } = request.body
        const asked = { event: galleryOf(request), token: request.params.token }
        await correctResult(deps, { ...asked, photoId, isNotMe })
        return success('Noted', await showResult(deps, asked))
      },
    )

    app.post(
      '/:slug/results/:token/share',
      {
        schema: {
          operationId: 'shareGalleryResult',
          summary: 'A token for friends, who see the result and change nothing',
          tags: ['gallery'],
          security: [],
          params: ResultParams,
          response: { 200: Success(Share), ...publicFailures(...forHolder) },
        },
      },
      async (request) => {
        const asked = { event: galleryOf(request), token: request.params.token }
        const { token, expiresAt } = await shareResult(deps, asked)
        return success('Shared', { token, expires_at: expiresAt.toISOString() })
      },
    )

    app.delete(
      '/:slug/results/:token/share',
      {
        schema: {
          operationId: 'unshareGalleryResult',
          summary: 'Lock friends out',
          tags: ['gallery'],
          security: [],
          params: ResultParams,
          response: {
            200: Success(Type.Object({ shared: Type.Literal(false) })),
            ...publicFailures(...forHolder),
          },
        },
      },
      async (request) => {
        await unshareResult(deps, { event: galleryOf(request), token: request.params.token })
        return success('Not shared any more', { shared: false as const })
      },
    )

    app.delete(
      '/:slug/results/:token',
      {
        schema: {
          operationId: 'forgetGalleryResult',
          summary: 'Forget a search with all that was kept of it',
          tags: ['gallery'],
          security: [],
          params: ResultParams,
          response: {
            200: Success(Type.Object({ forgotten: Type.Literal(true) })),
            ...publicFailures(...forHolder),
          },
        },
      },
      async (request) => {
        await forgetResult(deps, { event: galleryOf(request), token: request.params.token })
        return success('Forgotten', { forgotten: true as const })
      },
    )
  }

import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { assertFeature } from '../events/index.ts'
import { GalleryParams, galleryOf } from '../gallery/index.ts'
import { clientGone } from '../http/client-gone.ts'
import { Nullable, publicFailures, Success, success } from '../http/envelope.ts'
import { MAX_SELFIES, readSelfieForm } from '../http/selfie-form.ts'
import { type AskDeps, askToHideBib, askToHideSelfie, PARTICIPANT } from './ask-to-hide.ts'
import { requireHiding } from './confirm-hiding.ts'
import { hidingNotFound } from './errors.ts'
import { AskedHiding, HideBib, HideSelfieForm, Receipt } from './schema.ts'
import { statusOf } from './views.ts'

/** From one address, per minute: a finish area is one, but few there ask this. */
const LIMIT = { max: 10, timeWindow: 60_000 }
const common = ['gallery_not_found', 'gallery_closed', 'gallery_locked', 'request_forged'] as const

/** Where participants ask not to be found. It waits for the organiser: a selfie proves no identity. */
export const hideMeRoutes =
  (deps: AskDeps & { maxSelfieBytes: number }): FastifyPluginAsyncTypebox =>
  async (app) => {
    await app.register(multipart, {
      limits: { files: MAX_SELFIES, fields: 5, fieldSize: 1000, fileSize: deps.maxSelfieBytes },
    })

    app.post(
      '/:slug/hide-me/bib',
      {
        config: { rateLimit: LIMIT },
        schema: {
          operationId: 'askToHideBib',
          summary: 'Ask that nobody be found by a bib',
          description:
            'Waits for the organiser. Then the number, the name and the face of who wears it are found no more, in later photos neither; the number alone is kept.',
          tags: ['gallery'],
          security: [],
          params: GalleryParams,
          body: HideBib,
          response: { 200: Success(AskedHiding), ...publicFailures(...common) },
        },
      },
      async (request) => {
        const wish = { event: galleryOf(request), bib: request.body.bib, by: PARTICIPANT }
        const hiding = await askToHideBib(deps, wish)
        return success('Asked', { hiding_id: hiding.id, status: statusOf(hiding) })
      },
    )

    app.post(
      '/:slug/hide-me/selfie',
      {
        config: { rateLimit: LIMIT, streamedBody: HideSelfieForm },
        schema: {
          operationId: 'askToHideSelfie',
          summary: 'Ask not to be found, by selfie',
          description:
            'Waits for the organiser. The picture is not kept. What tells the face apart is, sealed: until the hiding is lifted, or, with `lasting` = false, until all there is has gone; for 30 days when nobody confirms.',
          tags: ['gallery'],
          security: [],
          consumes: ['multipart/form-data'],
          params: GalleryParams,
          response: {
            200: Success(AskedHiding),
            ...publicFailures(
              ...common,
              'feature_disabled',
              'selfie_missing',
              'selfie_empty',
              'selfie_not_a_picture',
              'selfie_without_face',
              'invalid_body',
              'upload_too_large',
              'recognition_busy',
            ),
          },
        },
      },
      async (request, reply) => {
        const event = galleryOf(request)
        // Where no face is computed nobody is found by one.
        if (event.biometrics === 'none') assertFeature(event, 'selfie_search')
        const { selfies, fields } = await readSelfieForm(request)
        const isLasting = fields.get('lasting') !== 'false'
        const wish = { event, selfies, isLasting, by: PARTICIPANT }
        const hiding = await askToHideSelfie(deps, wish, clientGone(reply))
        return success('Asked', { hiding_id: hiding.id, status: statusOf(hiding) })
      },
    )

    app.get(
      '/:slug/hide-me/:hiding_id',
      {
        schema: {
          operationId: 'getAskedHiding',
          summary: 'How far a wish not to be found is, and its receipt',
          tags: ['gallery'],
          security: [],
          params: Type.Object({ ...GalleryParams.properties, hiding_id: Type.String() }),
          response: {
            200: Success(Type.Object({ ...AskedHiding.properties, receipt: Nullable(Receipt) })),
            ...publicFailures(...common, 'hiding_not_found'),
          },
        },
      },
      async (request) => {
        const ref = { eventId: galleryOf(request).id, hidingId: request.params.hiding_id }
        const hiding = await requireHiding(deps.db, ref)
        if (hiding.askedBy !== PARTICIPANT.askedBy) throw hidingNotFound(ref.hidingId)
        return success('Your wish', {
          hiding_id: hiding.id,
          status: statusOf(hiding),
          receipt: hiding.receipt as Receipt | null,
        })
      },
    )
  }

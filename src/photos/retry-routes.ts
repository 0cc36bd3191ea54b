import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db, Tx } from '../db/connect.ts'
import { EventParams } from '../events/index.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { retryFailedPhotos, retryPhoto } from './retry-photos.ts'
import type { PhotoRef } from './store-photo.ts'

const Retried = Success(Type.Object({ retried: Type.Integer() }))

export const retryRoutes =
  (deps: {
    db: Db
    enqueuePrepare: (tx: Tx, ...photos: PhotoRef[]) => Promise<void>
  }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/:org_id/event/:event_id/photos/:image_id/retry',
      {
        schema: {
          operationId: 'retryPhoto',
          summary: 'Prepare a failed photo again',
          tags: ['photos'],
          params: Type.Object({ ...EventParams.properties, image_id: Type.String() }),
          response: {
            200: Retried,
            ...failures('event_not_found', 'photo_not_found', 'retry_not_possible'),
          },
        },
      },
      async ({ params: { event_id: eventId, image_id: photoId } }) => {
        await retryPhoto(deps, { eventId, photoId })
        return success('The photo is tried again', { retried: 1 })
      },
    )

    app.post(
      '/:org_id/event/:event_id/photos/retry',
      {
        schema: {
          operationId: 'retryFailedPhotos',
          summary: 'Prepare every failed photo again whose file was kept',
          tags: ['photos'],
          params: EventParams,
          response: { 200: Retried, ...failures('event_not_found') },
        },
      },
      async ({ params }) => {
        const retried = await retryFailedPhotos(deps, params.event_id)
        return success(`${retried} photos are tried again`, { retried })
      },
    )
  }

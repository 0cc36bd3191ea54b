import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { EventParams } from '../events/index.ts'
import { failures } from '../http/envelope.ts'
import { AppError } from '../lib/errors.ts'

/** The doors of video search: rights and features are checked, then they say that it is not there yet. */
export const videoSearchRoutes: FastifyPluginAsyncTypebox = async (app) => {
  await app.register(multipart)

  app.post(
    '/:org_id/event/:event_id/video-clipping/search-by-selfie',
    {
      config: { flags: ['video_search', 'video_selfie_search'] },
      schema: {
        operationId: 'searchVideosBySelfie',
        summary: 'Clips that show the face of a selfie (not available in this version)',
        tags: ['videos'],
        consumes: ['multipart/form-data'],
        params: EventParams,
        response: failures('event_not_found', 'feature_disabled', 'video_unavailable'),
      },
    },
    async () => {
      throw videoUnavailable()
    },
  )

  app.get(
    '/:org_id/event/:event_id/video-clipping/:request_id',
    {
      config: { flags: ['video_search'] },
      schema: {
        operationId: 'getVideoSearch',
        summary: 'The state of a clip search (not available in this version)',
        tags: ['videos'],
        params: Type.Object({ ...EventParams.properties, request_id: Type.String() }),
        response: failures('event_not_found', 'feature_disabled', 'video_unavailable'),
      },
    },
    async () => {
      throw videoUnavailable()
    },
  )
}

const videoUnavailable = () =>
  new AppError({
    code: 'video_unavailable',
    message: 'Video search is not available in this version.',
  })

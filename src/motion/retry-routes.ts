import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { EventParams } from '../events/index.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { type RetryVideoDeps, retryFailedVideos, retryVideo } from './retry-videos.ts'

const Retried = Success(Type.Object({ retried: Type.Integer() }))

export const retryVideoRoutes =
  (deps: RetryVideoDeps & { assertVideos: () => Promise<void> }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/:org_id/event/:event_id/videos/:video_id/retry',
      {
        schema: {
          operationId: 'retryVideo',
          summary: 'Index a failed video again',
          description: 'As a whole: what was indexed of it before the failure is looked at anew.',
          tags: ['videos'],
          params: Type.Object({ ...EventParams.properties, video_id: Type.String() }),
          response: {
            200: Retried,
            ...failures(
              'event_not_found',
              'video_not_found',
              'retry_not_possible',
              'video_unavailable',
            ),
          },
        },
      },
      async ({ params: { event_id: eventId, video_id: videoId } }) => {
        await deps.assertVideos()
        await retryVideo(deps, { eventId, videoId })
        return success('The video is tried again', { retried: 1 })
      },
    )

    app.post(
      '/:org_id/event/:event_id/videos/retry',
      {
        schema: {
          operationId: 'retryFailedVideos',
          summary: 'Index every failed video again whose file was kept',
          tags: ['videos'],
          params: EventParams,
          response: { 200: Retried, ...failures('event_not_found', 'video_unavailable') },
        },
      },
      async ({ params }) => {
        await deps.assertVideos()
        const retried = await retryFailedVideos(deps, params.event_id)
        return success(`${retried} videos are tried again`, { retried })
      },
    )
  }

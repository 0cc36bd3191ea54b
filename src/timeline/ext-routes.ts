import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { EventParams } from '../events/index.ts'
import type { BaseUrl } from '../http/base-url.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { PageQuery, pagination, sliceOf } from '../http/paging.ts'
import { AppError } from '../lib/errors.ts'
import { findWindowPage, ImagePage, imageView } from '../photos/index.ts'
import { findDays } from './find-days.ts'

const Days = Type.Object({
  days: Type.Array(
    Type.Object({
      date: Type.String({ description: 'UTC, YYYY-MM-DD' }),
      total: Type.Integer(),
      hours: Type.Array(Type.Object({ hour: Type.Integer(), count: Type.Integer() })),
    }),
  ),
})

/** The last second of the year 9999. */
const EpochSeconds = Type.Integer({ minimum: 0, maximum: 253_402_300_799 })

export const timelineRoutes =
  (deps: { db: Db; baseUrl: BaseUrl }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/:org_id/event/:event_id/timeline/days',
      {
        config: { flags: ['timeline_search'] },
        schema: {
          operationId: 'listTimelineDays',
          summary: 'How many photos were taken in each UTC hour',
          tags: ['search'],
          params: EventParams,
          response: { 200: Success(Days), ...failures('event_not_found', 'feature_disabled') },
        },
      },
      async ({ params }) => {
        const days = await findDays(deps, params.event_id)
        return success(days.length > 0 ? 'Timeline buckets' : 'No timeline data', { days })
      },
    )

    app.get(
      '/:org_id/event/:event_id/timeline/images',
      {
        config: { flags: ['timeline_search'] },
        schema: {
          operationId: 'listTimelineImages',
          summary: 'Photos taken in [from, to), in order of time',
          tags: ['search'],
          params: EventParams,
          querystring: Type.Object({
            from: EpochSeconds,
            to: EpochSeconds,
            ...PageQuery({ size: 32, maximum: 100 }).properties,
          }),
          response: { 200: Success(ImagePage), ...failures('event_not_found', 'feature_disabled') },
        },
      },
      async (request) => {
        const { params, query } = request
        if (query.to <= query.from) throw emptyWindow()
        const window = { from: new Date(query.from * 1000), to: new Date(query.to * 1000) }
        const { rows, total } = await findWindowPage(deps.db, params.event_id, {
          ...window,
          ...sliceOf(query),
        })
        return success(total > 0 ? 'Records for all images' : 'No images found', {
          images: rows.map(imageView(deps.baseUrl(request))),
          pagination: pagination(query, total),
        })
      },
    )
  }

const emptyWindow = () =>
  new AppError({ code: 'validation_failed', message: 'querystring.to: must be greater than from' })

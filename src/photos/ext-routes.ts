import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Db } from '../db/connect.ts'
import { EventParams } from '../events/index.ts'
import type { BaseUrl } from '../http/base-url.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { PageQuery, pagination, sliceOf } from '../http/paging.ts'
import { findPhotoPage } from './page-queries.ts'
import { ImagePage } from './schema.ts'
import { imageView } from './views.ts'

export const imageRoutes =
  ({ db, baseUrl }: { db: Db; baseUrl: BaseUrl }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/:org_id/event/:event_id/images',
      {
        schema: {
          operationId: 'listImages',
          summary: 'All photos: capture time ascending, those without one last',
          tags: ['search'],
          params: EventParams,
          querystring: PageQuery({ size: 32, maximum: 100 }),
          response: { 200: Success(ImagePage), ...failures('event_not_found') },
        },
      },
      async (request) => {
        const { params, query } = request
        const { rows, total } = await findPhotoPage(db, params.event_id, sliceOf(query))
        return success(total > 0 ? 'Records for all images' : 'No images found', {
          images: rows.map(imageView(baseUrl(request))),
          pagination: pagination(query, total),
        })
      },
    )
  }

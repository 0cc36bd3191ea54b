import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { EventParams } from '../events/index.ts'
import type { BaseUrl } from '../http/base-url.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { PageQuery, pagination, sliceOf } from '../http/paging.ts'
import { ImagePage, imageView } from '../photos/index.ts'
import { searchByBib } from './search-by-bib.ts'

const BibParams = Type.Object({
  ...EventParams.properties,
  bib: Type.String({ minLength: 1, maxLength: 64 }),
})

export const bibRoutes =
  (deps: { db: Db; baseUrl: BaseUrl }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/:org_id/event/:event_id/bibs/:bib',
      {
        config: { flags: ['bib_search'] },
        schema: {
          operationId: 'searchByBib',
          summary: 'Photos of a bib number',
          description: 'Upper and lower case, leading zeros and surrounding blanks do not matter.',
          tags: ['search'],
          params: BibParams,
          querystring: PageQuery({ size: 32, maximum: 100 }),
          response: { 200: Success(ImagePage), ...failures('event_not_found', 'feature_disabled') },
        },
      },
      async (request) => {
        const { params, query } = request
        const { event_id: eventId, bib } = params
        const { rows, total } = await searchByBib(deps, { eventId, bib }, sliceOf(query))
        return success(
          total > 0 ? `Records for bib number ${bib}` : `No images found for bib number ${bib}`,
          {
            images: rows.map(imageView(deps.baseUrl(request))),
            pagination: pagination(query, total),
          },
        )
      },
    )
  }

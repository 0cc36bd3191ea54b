import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Db } from '../db/connect.ts'
import { EventParams, eventOf } from '../events/index.ts'
import type { BaseUrl } from '../http/base-url.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { PageQuery, pagination, sliceOf } from '../http/paging.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { findOriginals } from './find-originals.ts'
import { Originals, OriginalsRequest } from './schema.ts'

export const originalRoutes =
  (deps: { db: Db; store: ObjectStore; baseUrl: BaseUrl }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/:org_id/event/:event_id/original-photos',
      {
        schema: {
          operationId: 'getOriginals',
          summary: 'Presigned URLs of clean originals, good for an hour',
          description:
            'By bib, by the request_id of a face search, or by image ids. Ids that the event does not have are told in `failed_urls` of the first page; when it has none of them: 400.',
          tags: ['downloads'],
          params: EventParams,
          querystring: PageQuery({ size: 30, maximum: 60 }),
          body: OriginalsRequest,
          response: {
            200: Success(Originals),
            ...failures(
              'event_not_found',
              'feature_disabled',
              'image_not_found',
              'invalid_request_id',
              'request_not_found',
              'invalid_body',
            ),
          },
        },
      },
      async (request) => {
        const { body: wanted, query } = request
        const found = await findOriginals(deps, { event: eventOf(request), wanted }, sliceOf(query))
        const base = deps.baseUrl(request)
        return success('Original photos', {
          presigned_urls: found.urls.map(({ url, filename }) => ({
            url: url.startsWith('/') ? base + url : url,
            filename,
          })),
          failed_urls: found.missing,
          total_images: found.urls.length + found.missing.length,
          successful_count: found.urls.length,
          failed_count: found.missing.length,
          identifier: wanted.method === 'image_ids' ? null : wanted.identifier,
          pagination: pagination(query, found.total),
        })
      },
    )
  }

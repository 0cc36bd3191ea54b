import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { EventParams, eventOf } from '../events/index.ts'
import type { BaseUrl } from '../http/base-url.ts'
import { clientGone } from '../http/client-gone.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { PageQuery, pagination, sliceOf } from '../http/paging.ts'
import { MAX_SELFIES, readSelfieForm, SelfieForm } from '../http/selfie-form.ts'
import { imageView } from '../photos/index.ts'
import { FaceSearchResult } from './schema.ts'
import {
  type FaceSearchDeps,
  type FaceSearchPage,
  findStoredSearch,
  searchBySelfie,
} from './search-by-selfie.ts'

const Pages = PageQuery({ size: 32, maximum: 100 })

export const faceRoutes =
  (
    deps: FaceSearchDeps & { baseUrl: BaseUrl; maxSelfieBytes: number },
  ): FastifyPluginAsyncTypebox =>
  async (app) => {
    await app.register(multipart, {
      limits: { files: MAX_SELFIES, fields: 20, fieldSize: 1000, fileSize: deps.maxSelfieBytes },
    })

    app.post(
      '/:org_id/event/:event_id/faces',
      {
        config: { flags: ['selfie_search'], streamedBody: SelfieForm },
        schema: {
          operationId: 'searchBySelfie',
          summary: 'Photos that show the face of a selfie, best match first',
          description:
            'Multipart with the picture as `file` (or `selfie`, `image`, `photo`) and optionally `request_id`. Up to five pictures of one person may be sent, each as a part of its own: more photos are found. A request_id that was searched before gives the stored result. The pictures are held in memory only.',
          tags: ['search'],
          consumes: ['multipart/form-data'],
          params: EventParams,
          querystring: Type.Object({
            ...Pages.properties,
            request_id: Type.Optional(Type.String({ maxLength: 100 })),
          }),
          response: {
            200: Success(FaceSearchResult),
            ...failures(
              'event_not_found',
              'feature_disabled',
              'selfie_missing',
              'selfie_empty',
              'selfie_not_a_picture',
              'selfie_without_face',
              'invalid_request_id',
              'invalid_body',
              'upload_too_large',
              'recognition_busy',
            ),
          },
        },
      },
      async (request, reply) => {
        const { selfies, fields } = await readSelfieForm(request)
        const requestId = fields.get('request_id') || request.query.request_id || undefined
        const event = eventOf(request)
        const page = await searchBySelfie(
          deps,
          { event, selfies, requestId },
          sliceOf(request.query),
          clientGone(reply),
        )
        return success(message(page), view(page, request))
      },
    )

    app.get(
      '/:org_id/event/:event_id/faces/:request_id',
      {
        config: { flags: ['selfie_search'] },
        schema: {
          operationId: 'getFaceSearch',
          summary: 'The stored result of a selfie search',
          tags: ['search'],
          params: Type.Object({ ...EventParams.properties, request_id: Type.String() }),
          querystring: Pages,
          response: {
            200: Success(FaceSearchResult),
            ...failures(
              'event_not_found',
              'feature_disabled',
              'invalid_request_id',
              'request_not_found',
            ),
          },
        },
      },
      async (request) => {
        const { event_id: eventId, request_id: requestId } = request.params
        const page = await findStoredSearch(deps, { eventId, requestId }, sliceOf(request.query))
        return success(message(page), view(page, request))
      },
    )

    const message = ({ total }: FaceSearchPage) =>
      total > 0 ? 'Records for face search' : 'No images found for this face'

    type Request = { query: { page: number; page_size: number }; protocol: string; host: string }
    const view = (
      { requestId, confidencePercentage, rows, total }: FaceSearchPage,
      request: Request,
    ) => {
      const toImage = imageView(deps.baseUrl(request))
      return {
        request_id: requestId,
        confidence_percentage: confidencePercentage,
        images: rows.map((row) => ({ ...toImage(row), confidence: row.percentage })),
        pagination: pagination(request.query, total),
      }
    }
  }

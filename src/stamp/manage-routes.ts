import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { EventParams } from '../events/index.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { FilePart } from '../http/openapi.ts'
import { watermarkType } from './errors.ts'
import { setWatermark, type WatermarkDeps } from './set-watermark.ts'

const MAX_ART_BYTES = 10 * 2 ** 20
const Updated = Success(Type.Object({ updated: Type.Literal(true) }))

export const watermarkRoutes =
  (deps: WatermarkDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addContentTypeParser(
      ['image/png', 'image/svg+xml'],
      { parseAs: 'buffer', bodyLimit: MAX_ART_BYTES },
      async (_request: unknown, body: Buffer) => body,
    )

    app.put(
      '/:org_id/event/:event_id/watermark',
      {
        bodyLimit: MAX_ART_BYTES,
        config: { streamedBody: FilePart('the art') },
        schema: {
          operationId: 'setWatermark',
          summary: 'Set the watermark: a PNG or SVG as the body',
          description:
            'Previews follow in the background from the stored originals. `orientation` sets art for portrait or landscape photos only; `any` serves those without their own.',
          tags: ['photos'],
          consumes: ['image/png', 'image/svg+xml'],
          params: EventParams,
          querystring: Type.Object({
            orientation: Type.Enum(['any', 'portrait', 'landscape'], { default: 'any' }),
          }),
          response: {
            200: Updated,
            ...failures(
              'event_not_found',
              'watermark_invalid',
              'unsupported_media_type',
              'upload_too_large',
            ),
          },
        },
      },
      async ({ params, query, headers, body }) => {
        const contentType = headers['content-type']?.split(';')[0]?.trim()
        if (contentType !== 'image/png' && contentType !== 'image/svg+xml')
          throw watermarkType(contentType)
        const { orientation } = query
        await setWatermark(deps, params.event_id, { orientation, contentType, art: body as Buffer })
        return success('Watermark set; previews follow', { updated: true as const })
      },
    )

    app.delete(
      '/:org_id/event/:event_id/watermark',
      {
        schema: {
          operationId: 'removeWatermark',
          summary: 'Go back to the plain text watermark',
          tags: ['photos'],
          params: EventParams,
          response: { 200: Updated, ...failures('event_not_found') },
        },
      },
      async ({ params }) => {
        await setWatermark(deps, params.event_id, undefined)
        return success('Watermark removed; previews follow', { updated: true as const })
      },
    )
  }

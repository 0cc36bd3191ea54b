import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { EventParams, eventOf } from '../events/index.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { FilePart } from '../http/openapi.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { watermarkType } from './errors.ts'
import { previewMark } from './preview-mark.ts'
import { findWatermarkFacts } from './queries.ts'
import { type ArtFile, setWatermark, type WatermarkDeps } from './set-watermark.ts'

const MAX_ART_BYTES = 10 * 2 ** 20
/** Each decodes a photo: enough for a person at work, too few to keep the machine busy. */
const PREVIEWS_PER_MINUTE = 60
const Updated = Success(Type.Object({ updated: Type.Literal(true) }))

export const watermarkRoutes =
  (deps: WatermarkDeps & { store: ObjectStore }): FastifyPluginAsyncTypebox =>
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
        const { orientation } = query
        const art = artOf(headers, body)
        await setWatermark(deps, params.event_id, { orientation, ...art })
        return success('Watermark set; previews follow', { updated: true as const })
      },
    )

    app.get(
      '/:org_id/event/:event_id/watermark',
      {
        schema: {
          operationId: 'getWatermark',
          summary: 'Which art the event has; none: its name is the watermark',
          tags: ['photos'],
          params: EventParams,
          response: {
            200: Success(
              Type.Object({
                art: Type.Array(
                  Type.Object({
                    orientation: Type.String(),
                    content_type: Type.String(),
                    bytes: Type.Integer(),
                    updated_at: Type.String(),
                  }),
                ),
              }),
            ),
            ...failures('event_not_found'),
          },
        },
      },
      async ({ params }) => {
        const rows = await findWatermarkFacts(deps.db, params.event_id)
        return success('Watermark', {
          art: rows.map(({ orientation, contentType, bytes, updatedAt }) => ({
            orientation,
            content_type: contentType,
            bytes,
            updated_at: updatedAt.toISOString(),
          })),
        })
      },
    )

    app.post(
      '/:org_id/event/:event_id/watermark/preview',
      {
        bodyLimit: MAX_ART_BYTES,
        config: {
          rateLimit: { max: PREVIEWS_PER_MINUTE, timeWindow: 60_000 },
          streamedBody: FilePart('the art'),
        },
        schema: {
          operationId: 'previewWatermark',
          summary: 'Draw a watermark over a real photo of the event (JPEG), and keep nothing',
          description:
            'The art is the body; without one, the event’s own watermark is drawn. Without `image_id`, on the event’s first photo of the orientation.',
          tags: ['photos'],
          consumes: ['image/png', 'image/svg+xml'],
          params: EventParams,
          querystring: Type.Object({
            orientation: Type.Enum(['portrait', 'landscape'], { default: 'landscape' }),
            image_id: Type.Optional(Type.String({ format: 'uuid' })),
          }),
          response: failures(
            'event_not_found',
            'photo_not_found',
            'watermark_invalid',
            'unsupported_media_type',
            'upload_too_large',
            'preview_busy',
          ),
        },
      },
      async (request, reply) => {
        const { query, headers, body } = request
        const jpeg = await previewMark(deps, eventOf(request), {
          art: headers['content-type'] === undefined ? undefined : artOf(headers, body),
          orientation: query.orientation,
          photoId: query.image_id,
        })
        return reply.type('image/jpeg').header('Cache-Control', 'no-store').send(jpeg)
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

/** @throws unsupported_media_type */
function artOf(headers: IncomingHttpHeaders, body: unknown): ArtFile {
  const contentType = headers['content-type']?.split(';')[0]?.trim()
  if ((contentType !== 'image/png' && contentType !== 'image/svg+xml') || !Buffer.isBuffer(body))
    throw watermarkType(contentType)
  return { contentType, art: body }
}

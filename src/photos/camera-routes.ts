import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db, Tx } from '../db/connect.ts'
import { EventParams } from '../events/index.ts'
import { failures, Nullable, Success, success } from '../http/envelope.ts'
import { correctClock } from './correct-clock.ts'
import { findCameras } from './queries.ts'

const YEAR_SECONDS = 366 * 24 * 3600

const Camera = Type.Object({
  camera: Type.String({ description: 'Make, model and serial number, as the photos name it.' }),
  photos: Type.Integer(),
  first: Nullable(Type.String()),
  last: Nullable(Type.String()),
  correction_seconds: Type.Number(),
})

export const cameraRoutes =
  (deps: {
    db: Db
    retime: (tx: Tx, eventId: number) => Promise<void>
  }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/:org_id/event/:event_id/cameras',
      {
        schema: {
          operationId: 'listCameras',
          summary: 'The cameras of the photos, with the corrections of their clocks',
          tags: ['photos'],
          params: EventParams,
          response: {
            200: Success(Type.Object({ cameras: Type.Array(Camera) })),
            ...failures('event_not_found'),
          },
        },
      },
      async ({ params }) => {
        const rows = await findCameras(deps.db, params.event_id)
        return success('Cameras', {
          cameras: rows.map(({ camera, photos, first, last, correctionSeconds }) => ({
            camera: camera ?? '',
            photos: Number(photos),
            first: first?.toISOString() ?? null,
            last: last?.toISOString() ?? null,
            correction_seconds: Number(correctionSeconds),
          })),
        })
      },
    )

    app.put(
      '/:org_id/event/:event_id/cameras',
      {
        schema: {
          operationId: 'correctCameraClock',
          summary: 'Say by how many seconds a camera’s clock was slow (negative: fast)',
          description:
            'Capture times follow in the background; later photos of the camera get the same correction.',
          tags: ['photos'],
          params: EventParams,
          body: Type.Object(
            {
              camera: Type.String({ minLength: 1, maxLength: 300 }),
              correction_seconds: Type.Number({
                minimum: -50 * YEAR_SECONDS,
                maximum: 50 * YEAR_SECONDS,
              }),
            },
            { additionalProperties: false },
          ),
          response: {
            200: Success(Type.Object({ updated: Type.Literal(true) })),
            ...failures('event_not_found'),
          },
        },
      },
      async ({ params: { event_id: eventId }, body: { camera, correction_seconds: seconds } }) => {
        await correctClock(deps, { eventId, camera, seconds })
        return success('Clock corrected; capture times follow', { updated: true as const })
      },
    )
  }

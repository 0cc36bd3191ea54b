import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db, Tx } from '../db/connect.ts'
import type { BaseUrl } from '../http/base-url.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { changeEvent, type EventFollowUps } from './change-event.ts'
import { createEvent } from './create-event.ts'
import { deleteEvent } from './delete-event.ts'
import { eventOf } from './require-event.ts'
import { ChangeEvent, CreateEvent, EventParams, EventSettings, OrgParams } from './schema.ts'
import { eventSettingsView } from './views.ts'

type Deps = {
  db: Db
  baseUrl: BaseUrl
  erase: (tx: Tx, eventId: number) => Promise<void>
} & EventFollowUps

export const manageEventRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/:org_id/events',
      {
        schema: {
          operationId: 'createEvent',
          summary: 'Make an event',
          tags: ['events'],
          params: OrgParams,
          body: CreateEvent,
          response: { 200: Success(EventSettings), ...failures('slug_taken') },
        },
      },
      async (request) => {
        const { params, body } = request
        const event = await createEvent(deps, { orgId: params.org_id, ...body })
        return success('Event created', eventSettingsView(event, deps.baseUrl(request)))
      },
    )

    app.get(
      '/:org_id/event/:event_id',
      {
        schema: {
          operationId: 'getEventSettings',
          summary: 'All settings of an event',
          tags: ['events'],
          params: EventParams,
          response: { 200: Success(EventSettings), ...failures('event_not_found') },
        },
      },
      async (request) =>
        success('Event settings', eventSettingsView(eventOf(request), deps.baseUrl(request))),
    )

    app.patch(
      '/:org_id/event/:event_id',
      {
        schema: {
          operationId: 'changeEvent',
          summary: 'Change settings of an event',
          description:
            'A new name changes the default watermark, a new zone the capture times; both follow in the background.',
          tags: ['events'],
          params: EventParams,
          body: ChangeEvent,
          response: {
            200: Success(EventSettings),
            ...failures('event_not_found', 'slug_taken', 'hidings_would_end'),
          },
        },
      },
      async (request) => {
        const { params, body } = request
        const event = await changeEvent(deps, { eventId: params.event_id, change: body })
        return success('Event changed', eventSettingsView(event, deps.baseUrl(request)))
      },
    )

    app.delete(
      '/:org_id/event/:event_id',
      {
        schema: {
          operationId: 'deleteEvent',
          summary: 'Delete an event with every photo, search and vector of it',
          tags: ['events'],
          params: EventParams,
          response: {
            200: Success(Type.Object({ deleted: Type.Literal(true) })),
            ...failures('event_not_found'),
          },
        },
      },
      async ({ params }) => {
        await deleteEvent(deps, params.event_id)
        return success('Event deleted', { deleted: true as const })
      },
    )
  }

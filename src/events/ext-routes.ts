import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import type { BaseUrl } from '../http/base-url.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { PageQuery, pagination, sliceOf } from '../http/paging.ts'
import { countEvents, findEvents } from './queries.ts'
import { eventOf } from './require-event.ts'
import { EventDetails, EventPage, EventParams, OrgParams } from './schema.ts'
import { eventDetailsView, eventListView } from './views.ts'

/** Finds the picture that stands for each event; events without photos are absent. */
export type FindCovers = (
  eventIds: readonly number[],
  baseUrl: string,
) => Promise<Map<number, string>>

export const eventRoutes =
  (deps: { db: Db; findCovers: FindCovers; baseUrl: BaseUrl }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/:org_id/event/:event_id/ping',
      {
        schema: {
          operationId: 'ping',
          summary: 'Is the event there, and may this key read it?',
          tags: ['events'],
          params: EventParams,
          response: {
            200: Success(
              Type.Object({
                status: Type.Literal('ok'),
                org_id: Type.Integer(),
                event_id: Type.Integer(),
              }),
            ),
            ...failures('event_not_found'),
          },
        },
      },
      async ({ params }) => success('pong', { status: 'ok' as const, ...params }),
    )

    app.get(
      '/:org_id/events',
      {
        schema: {
          operationId: 'listEvents',
          summary: 'Events of the organisation, newest date first',
          tags: ['events'],
          params: OrgParams,
          querystring: PageQuery({ size: 10, maximum: 100 }),
          response: { 200: Success(EventPage), ...failures() },
        },
      },
      async (request) => {
        const { params, query } = request
        const [events, total] = await Promise.all([
          findEvents(deps.db, params.org_id, sliceOf(query)),
          countEvents(deps.db, params.org_id),
        ])
        const covers = await deps.findCovers(
          events.map(({ id }) => id),
          deps.baseUrl(request),
        )
        return success('Records for events', {
          events: events.map((event) => eventListView(event, covers.get(event.id) ?? null)),
          pagination: pagination(query, total),
        })
      },
    )

    app.get(
      '/:org_id/event/:event_id/details',
      {
        schema: {
          operationId: 'getEventDetails',
          summary: 'An event and its features',
          tags: ['events'],
          params: EventParams,
          response: { 200: Success(EventDetails), ...failures('event_not_found') },
        },
      },
      async (request) => success('Event details', eventDetailsView(eventOf(request))),
    )
  }

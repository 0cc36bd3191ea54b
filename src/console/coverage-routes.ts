import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { EventParams } from '../events/index.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { PageQuery, Pagination, pagination, sliceOf } from '../http/paging.ts'
import { countFindable, findUncovered } from './coverage-queries.ts'
import { findCoverage, findPhotosOverTime } from './find-coverage.ts'
import { Coverage, Entrant, Timeline } from './schema.ts'

export const coverageRoutes =
  (deps: { db: Db }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/:org_id/event/:event_id/coverage',
      {
        schema: {
          operationId: 'getCoverage',
          summary: 'Who has photos, and how far each step is for each camera',
          tags: ['review'],
          params: EventParams,
          response: { 200: Success(Coverage), ...failures('event_not_found') },
        },
      },
      async ({ params }) => success('Coverage', await findCoverage(deps, params.event_id)),
    )

    app.get(
      '/:org_id/event/:event_id/coverage/missing',
      {
        schema: {
          operationId: 'listMissing',
          summary: 'Entrants of the start list that no photo shows, by bib',
          tags: ['review'],
          params: EventParams,
          querystring: PageQuery({ size: 50, maximum: 500 }),
          response: {
            200: Success(Type.Object({ entrants: Type.Array(Entrant), pagination: Pagination })),
            ...failures('event_not_found'),
          },
        },
      },
      async ({ params, query }) => {
        const [entrants, counts] = await Promise.all([
          findUncovered(deps.db, params.event_id, sliceOf(query)),
          countFindable(deps.db, params.event_id),
        ])
        return success('Entrants without photos', {
          entrants,
          pagination: pagination(query, counts.entrants - counts.covered),
        })
      },
    )

    app.get(
      '/:org_id/event/:event_id/coverage/timeline',
      {
        schema: {
          operationId: 'getPhotosOverTime',
          summary: 'How many photos each camera took when',
          tags: ['review'],
          params: EventParams,
          response: { 200: Success(Timeline), ...failures('event_not_found') },
        },
      },
      async ({ params }) =>
        success('Photos over time', await findPhotosOverTime(deps, params.event_id)),
    )
  }

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { EventParams } from '../events/index.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { PageQuery, Pagination, pagination, sliceOf } from '../http/paging.ts'
import { keepCostly } from '../lib/keep-costly.ts'
import { findUncovered } from './coverage-queries.ts'
import { findCoverage, findPhotosOverTime } from './find-coverage.ts'
import { Coverage, Entrant, Timeline } from './schema.ts'

export const coverageRoutes =
  (deps: { db: Db }): FastifyPluginAsyncTypebox =>
  async (app) => {
    const coverageOf = keepCostly((eventId: number) => findCoverage(deps, eventId))
    const photosOverTime = keepCostly((eventId: number) => findPhotosOverTime(deps, eventId))
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
      async ({ params }) => success('Coverage', await coverageOf(params.event_id)),
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
        const { entrants, total } = await findUncovered(deps.db, params.event_id, sliceOf(query))
        return success('Entrants without photos', {
          entrants,
          pagination: pagination(query, total),
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
      async ({ params }) => success('Photos over time', await photosOverTime(params.event_id)),
    )
  }

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { EventParams } from '../events/index.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { AppError } from '../lib/errors.ts'
import { type StartListDeps, setStartList } from './set-start-list.ts'

const MAX_LIST_BYTES = 20 * 2 ** 20

export const startListRoutes =
  (deps: StartListDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addContentTypeParser(
      ['text/csv', 'text/plain', 'application/csv', 'application/vnd.ms-excel'],
      { parseAs: 'buffer', bodyLimit: MAX_LIST_BYTES },
      async (_request: unknown, body: Buffer) => body,
    )

    app.put(
      '/:org_id/event/:event_id/start-list',
      {
        bodyLimit: MAX_LIST_BYTES,
        config: { streamedBody: Type.String({ description: 'the list, UTF-8' }) },
        schema: {
          operationId: 'setStartList',
          summary: 'Replace the start list: CSV with a column bib',
          description:
            'Columns name, category, start_time and finish_time are optional; comma, semicolon or tab. Bibs already read are chosen again by the list; nothing is read again.',
          tags: ['photos'],
          consumes: ['text/csv'],
          params: EventParams,
          response: {
            200: Success(
              Type.Object({
                participants: Type.Integer(),
                rejected: Type.Array(Type.Object({ line: Type.Integer(), reason: Type.String() })),
              }),
            ),
            ...failures(
              'event_not_found',
              'start_list_invalid',
              'unsupported_media_type',
              'upload_too_large',
            ),
          },
        },
      },
      async ({ params, body }) => {
        if (!Buffer.isBuffer(body))
          throw new AppError({
            code: 'unsupported_media_type',
            message: 'Send the start list as CSV with the content type text/csv.',
          })
        const result = await setStartList(deps, { eventId: params.event_id, csv: body })
        return success(`${result.participants} participants`, result)
      },
    )
  }

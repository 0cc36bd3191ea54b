import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { EventParams } from '../events/index.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { AppError } from '../lib/errors.ts'
import { previewStartList } from './preview-start-list.ts'
import { RejectedRow, StartListPreviewView } from './schema.ts'
import { type StartListDeps, setStartList } from './set-start-list.ts'
import { startListPreviewView } from './views.ts'

const LIST_FAILURES = [
  'event_not_found',
  'start_list_invalid',
  'unsupported_media_type',
  'upload_too_large',
] as const
const CsvBody = Type.String({ description: 'the list, UTF-8' })
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
        config: { streamedBody: CsvBody },
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
                rejected: Type.Array(RejectedRow),
              }),
            ),
            ...failures(...LIST_FAILURES),
          },
        },
      },
      async ({ params, body }) => {
        const csv = csvOf(body)
        const result = await setStartList(deps, { eventId: params.event_id, csv })
        return success(`${result.participants} participants`, result)
      },
    )

    app.post(
      '/:org_id/event/:event_id/start-list/preview',
      {
        bodyLimit: MAX_LIST_BYTES,
        config: { streamedBody: CsvBody },
        schema: {
          operationId: 'previewStartList',
          summary: 'What a start list would do, without doing it',
          description:
            'Which lines are left out, whom photos would be found for, and which bibs that photos show now would go.',
          tags: ['photos'],
          consumes: ['text/csv'],
          params: EventParams,
          response: { 200: Success(StartListPreviewView), ...failures(...LIST_FAILURES) },
        },
      },
      async ({ params, body }) => {
        const preview = await previewStartList(deps, {
          eventId: params.event_id,
          csv: csvOf(body),
        })
        return success('Nothing was changed', startListPreviewView(preview))
      },
    )
  }

/** @throws unsupported_media_type */
function csvOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body
  throw new AppError({
    code: 'unsupported_media_type',
    message: 'Send the start list as CSV with the content type text/csv.',
  })
}

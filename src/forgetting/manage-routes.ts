import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { EventParams, eventOf, OrgParams } from '../events/index.ts'
import { findHidings } from '../hiding/index.ts'
import { actorOf } from '../http/authenticate.ts'
import type { BaseUrl } from '../http/base-url.ts'
import { clientGone } from '../http/client-gone.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { PageQuery, Pagination, pagination, sliceOf } from '../http/paging.ts'
import { MAX_SELFIES, readSelfieForm } from '../http/selfie-form.ts'
import { type AskDeps, askToHideBib, askToHideSelfie } from './ask-to-hide.ts'
import { confirmAskedHiding, liftHiding, requireHiding } from './confirm-hiding.ts'
import { receiptNotReady } from './errors.ts'
import type { FindDeps } from './find-person.ts'
import { previewHiding } from './preview-hiding.ts'
import { type ReceiptKey, verifyReceipt } from './receipt.ts'
import {
  HideBib,
  HideSelfieForm,
  Hiding,
  HidingParams,
  HidingPreview,
  HidingStatus,
  Receipt,
  ReceiptVerdict,
} from './schema.ts'
import { hidingView, previewView } from './views.ts'

type Deps = AskDeps &
  FindDeps & { receiptKey: ReceiptKey; maxSelfieBytes: number; baseUrl: BaseUrl }

const HidingsQuery = Type.Object({
  ...PageQuery({ size: 32, maximum: 100 }).properties,
  status: Type.Optional(HidingStatus),
})
const PATH = '/:org_id/event/:event_id/hidings'
const SELFIE_FAILURES = [
  'event_not_found',
  'selfie_missing',
  'selfie_empty',
  'selfie_not_a_picture',
  'selfie_without_face',
  'invalid_body',
  'upload_too_large',
  'recognition_busy',
] as const

export const hidingRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (app) => {
    await app.register(multipart, {
      limits: { files: MAX_SELFIES, fields: 20, fieldSize: 1000, fileSize: deps.maxSelfieBytes },
    })

    app.post(
      `${PATH}/by-bib`,
      {
        schema: {
          operationId: 'hideBib',
          summary: 'Let nobody be found by a bib, in later photos too',
          description:
            'Removes what was read of the number, the name on the start list, the face of who wears it, and the clips, within a minute. Photos and videos stay; delete those that should go. Keeps the number alone.',
          tags: ['forgetting'],
          params: EventParams,
          body: HideBib,
          response: { 200: Success(Hiding), ...failures('event_not_found') },
        },
      },
      async (request) => {
        const by = { askedBy: actorOf(request), isConfirmed: true }
        const wish = { event: eventOf(request), bib: request.body.bib, by }
        return success('Hidden', hidingView(await askToHideBib(deps, wish)))
      },
    )

    app.post(
      `${PATH}/by-selfie`,
      {
        config: { streamedBody: HideSelfieForm },
        schema: {
          operationId: 'hideSelfie',
          summary: 'Let the person of a selfie not be found, in later photos too',
          description:
            'Removes the person’s faces, places in searches, and clips, within a minute. The selfie is not kept. With `lasting` (the default) what tells the face apart is kept, sealed with a key of its own, until the hiding is deleted; without, only what there is goes.',
          tags: ['forgetting'],
          consumes: ['multipart/form-data'],
          params: EventParams,
          response: { 200: Success(Hiding), ...failures(...SELFIE_FAILURES) },
        },
      },
      async (request, reply) => {
        const { selfies, fields } = await readSelfieForm(request)
        const by = { askedBy: actorOf(request), isConfirmed: true }
        const isLasting = fields.get('lasting') !== 'false'
        const wish = { event: eventOf(request), selfies, isLasting, by }
        return success('Hidden', hidingView(await askToHideSelfie(deps, wish, clientGone(reply))))
      },
    )

    app.get(
      PATH,
      {
        schema: {
          operationId: 'listHidings',
          summary: 'Who asked not to be found, the latest first',
          tags: ['forgetting'],
          params: EventParams,
          querystring: HidingsQuery,
          response: {
            200: Success(Type.Object({ hidings: Type.Array(Hiding), pagination: Pagination })),
            ...failures('event_not_found'),
          },
        },
      },
      async ({ params, query }) => {
        const asked = { eventId: params.event_id, status: query.status }
        const { rows, total } = await findHidings(deps.db, asked, sliceOf(query))
        return success('Hidings', {
          hidings: rows.map(hidingView),
          pagination: pagination(query, total),
        })
      },
    )

    app.get(
      `${PATH}/:hiding_id/preview`,
      {
        schema: {
          operationId: 'previewHiding',
          summary: 'What confirming a wish would remove now',
          description:
            'Compares the person with all faces of the event, which takes about a second for a million. Changes nothing.',
          tags: ['forgetting'],
          params: HidingParams,
          response: {
            200: Success(HidingPreview),
            ...failures('event_not_found', 'hiding_not_found'),
          },
        },
      },
      async (request, reply) => {
        const { event_id: eventId, hiding_id: hidingId } = request.params
        const preview = await previewHiding(deps, { eventId, hidingId }, clientGone(reply))
        return success('What would be removed', previewView(deps.baseUrl(request), preview))
      },
    )

    app.post(
      `${PATH}/:hiding_id/confirm`,
      {
        schema: {
          operationId: 'confirmHiding',
          summary: 'Do what a participant asked',
          tags: ['forgetting'],
          params: HidingParams,
          response: { 200: Success(Hiding), ...failures('event_not_found', 'hiding_not_found') },
        },
      },
      async (request) => {
        const { event_id: eventId, hiding_id: hidingId } = request.params
        const ref = { eventId, hidingId }
        const hiding = await confirmAskedHiding(deps, ref, actorOf(request))
        return success('Hidden', hidingView(hiding))
      },
    )

    app.delete(
      `${PATH}/:hiding_id`,
      {
        schema: {
          operationId: 'deleteHiding',
          summary: 'Refuse or lift a hiding',
          description:
            'The kept face and its key are destroyed. What was removed stays removed; the person is found again in photos to come.',
          tags: ['forgetting'],
          params: HidingParams,
          response: {
            200: Success(Type.Object({ deleted: Type.Literal(true) })),
            ...failures('event_not_found', 'hiding_not_found'),
          },
        },
      },
      async ({ params: { event_id: eventId, hiding_id: hidingId } }) => {
        await liftHiding(deps, { eventId, hidingId })
        return success('Hiding deleted', { deleted: true as const })
      },
    )

    app.get(
      `${PATH}/:hiding_id/receipt`,
      {
        schema: {
          operationId: 'getReceipt',
          summary: 'The signed receipt of what was removed',
          tags: ['forgetting'],
          params: HidingParams,
          response: {
            200: Success(Receipt),
            ...failures('event_not_found', 'hiding_not_found', 'receipt_not_ready'),
          },
        },
      },
      async ({ params: { event_id: eventId, hiding_id: hidingId } }) => {
        const { receipt } = await requireHiding(deps.db, { eventId, hidingId })
        if (!receipt) throw receiptNotReady()
        return success('Receipt', receipt as Receipt)
      },
    )

    app.post(
      '/:org_id/receipts/verify',
      {
        schema: {
          operationId: 'verifyReceipt',
          summary: 'Whether this installation signed a receipt, and as it stands',
          tags: ['forgetting'],
          params: OrgParams,
          body: Receipt,
          response: { 200: Success(ReceiptVerdict), ...failures() },
        },
      },
      async ({ body }) =>
        success('Receipt checked', { verdict: verifyReceipt(body, deps.receiptKey) }),
    )
  }

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { BibText, candidatePhotoView, findCandidates } from '../bibs/index.ts'
import type { Db } from '../db/connect.ts'
import { EventParams } from '../events/index.ts'
import { actorOf } from '../http/authenticate.ts'
import type { BaseUrl } from '../http/base-url.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { PageQuery, Pagination, pagination, sliceOf } from '../http/paging.ts'
import { findSample } from './audit-queries.ts'
import { judgePhoto } from './judge-photo.ts'
import { reportAudit } from './report-audit.ts'
import { AuditPhoto, AuditReport } from './schema.ts'
import { startAudit } from './start-audit.ts'

const MAX_SAMPLE = 1000
const Audit = Type.Object({
  ...EventParams.properties,
  seed: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 }),
})

export const auditRoutes =
  (deps: { db: Db; baseUrl: BaseUrl }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.put(
      '/:org_id/event/:event_id/audits/:seed',
      {
        schema: {
          operationId: 'startAudit',
          summary: 'Draw a random sample of the event’s photos, or make it larger',
          description: 'The same seed draws the same photos.',
          tags: ['review'],
          params: Audit,
          body: Type.Object(
            { photos: Type.Integer({ minimum: 1, maximum: MAX_SAMPLE, default: 50 }) },
            { additionalProperties: false },
          ),
          response: { 200: Success(AuditReport), ...failures('event_not_found') },
        },
      },
      async ({ params: { event_id: eventId, seed }, body }) => {
        await startAudit(deps, { eventId, seed }, body.photos)
        return success('Sample drawn', await reportAudit(deps, { eventId, seed }))
      },
    )

    app.get(
      '/:org_id/event/:event_id/audits/:seed',
      {
        schema: {
          operationId: 'getAudit',
          summary: 'A sample with what was seen in it, and how right the reads are by it',
          tags: ['review'],
          params: Audit,
          querystring: PageQuery({ size: 50, maximum: 100 }),
          response: {
            200: Success(
              Type.Object({
                report: AuditReport,
                photos: Type.Array(AuditPhoto),
                pagination: Pagination,
              }),
            ),
            ...failures('event_not_found'),
          },
        },
      },
      async (request) => {
        const { event_id: eventId, seed } = request.params
        const audit = { eventId, seed }
        const [sample, report] = await Promise.all([
          findSample(deps.db, audit, sliceOf(request.query)),
          reportAudit(deps, audit),
        ])
        const ids = sample.map(({ photoId }) => photoId)
        const base = deps.baseUrl(request)
        const photos = new Map(
          (await findCandidates(deps.db, eventId, ids)).map((photo) => [photo.id, photo]),
        )
        return success('Audit', {
          report,
          photos: sample.flatMap(({ photoId, ordinal, bibs }) => {
            const photo = photos.get(photoId)
            if (!photo) return []
            const view = candidatePhotoView(photo, base)
            return [{ ...view, ordinal, machine: photo.machineBibs, bibs }]
          }),
          pagination: pagination(request.query, report.photos),
        })
      },
    )

    app.put(
      '/:org_id/event/:event_id/audits/:seed/photos/:image_id',
      {
        schema: {
          operationId: 'judgePhoto',
          summary: 'Say every bib that a person can read in a photo of the sample',
          description:
            'Also corrects the photo: bibs that are shown and were not seen are rejected, seen ones confirmed.',
          tags: ['review'],
          params: Type.Object({ ...Audit.properties, image_id: Type.String() }),
          body: Type.Object(
            { bibs: Type.Array(BibText, { maxItems: 100 }) },
            { additionalProperties: false },
          ),
          response: {
            200: Success(AuditReport),
            ...failures('event_not_found', 'photo_not_found'),
          },
        },
      },
      async (request) => {
        const { event_id: eventId, seed, image_id: photoId } = request.params
        const audit = { eventId, seed }
        const { bibs } = request.body
        await judgePhoto(deps, { audit, photoId, bibs, by: actorOf(request) })
        return success('Noted', await reportAudit(deps, audit))
      },
    )
  }

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { EventParams } from '../events/index.ts'
import { actorOf } from '../http/authenticate.ts'
import type { BaseUrl } from '../http/base-url.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { PageQuery, Pagination, pagination, sliceOf } from '../http/paging.ts'
import { photoNotFound } from '../photos/index.ts'
import { correctBibs } from './correct-bibs.ts'
import { findCandidates } from './find-candidates.ts'
import { countReviews, findReviewPage } from './review-queries.ts'
import { BibText, CandidatePhoto, Correction, VerdictValue } from './schema.ts'
import { candidatePhotoView } from './views.ts'

const Photo = Type.Object({ ...EventParams.properties, image_id: Type.String() })
const PhotoBib = Type.Object({ ...Photo.properties, bib: BibText })
const Updated = Success(CandidatePhoto)
const GONE = ['event_not_found', 'photo_not_found'] as const

export const correctionRoutes =
  (deps: { db: Db; baseUrl: BaseUrl }): FastifyPluginAsyncTypebox =>
  async (app) => {
    /** The photo as it is after a correction. */
    const show = async (
      { event_id: eventId, image_id: photoId }: { event_id: number; image_id: string },
      base: string,
    ) => {
      const [photo] = await findCandidates(deps.db, eventId, [photoId])
      if (!photo) throw photoNotFound(photoId)
      return candidatePhotoView(photo, base)
    }

    app.put(
      '/:org_id/event/:event_id/photos/:image_id/bibs/:bib',
      {
        schema: {
          operationId: 'correctBib',
          summary: 'Say that a bib is in a photo, or that it is not',
          description:
            'A confirmed bib is shown with score 1, a rejected one never: for good, also after the photo was read again and with another start list. A bib that was not read at all may be confirmed too.',
          tags: ['review'],
          params: PhotoBib,
          body: Type.Object({ verdict: VerdictValue }, { additionalProperties: false }),
          response: { 200: Updated, ...failures(...GONE) },
        },
      },
      async (request) => {
        const { event_id: eventId, image_id: photoId, bib } = request.params
        await correctBibs(deps, {
          photo: { eventId, photoId },
          corrections: [{ bib, verdict: request.body.verdict }],
          by: actorOf(request),
        })
        return success('Noted', await show(request.params, deps.baseUrl(request)))
      },
    )

    app.delete(
      '/:org_id/event/:event_id/photos/:image_id/bibs/:bib',
      {
        schema: {
          operationId: 'takeBackCorrection',
          summary: 'Take back what a person said about a bib: the reads decide again',
          tags: ['review'],
          params: PhotoBib,
          response: { 200: Updated, ...failures(...GONE) },
        },
      },
      async (request) => {
        const { event_id: eventId, image_id: photoId, bib } = request.params
        await correctBibs(deps, {
          photo: { eventId, photoId },
          corrections: [{ bib, verdict: null }],
          by: actorOf(request),
        })
        return success('Taken back', await show(request.params, deps.baseUrl(request)))
      },
    )

    app.get(
      '/:org_id/event/:event_id/review',
      {
        schema: {
          operationId: 'listReview',
          summary: 'Photos whose bibs a person should look at, the most useful first',
          description:
            'First those that may be the first photo of somebody on the start list, then the most doubtful. A photo leaves the list when it was reviewed.',
          tags: ['review'],
          params: EventParams,
          querystring: PageQuery({ size: 20, maximum: 100 }),
          response: {
            200: Success(
              Type.Object({
                photos: Type.Array(CandidatePhoto),
                reviewed: Type.Integer({ description: 'Photos that were reviewed already.' }),
                pagination: Pagination,
              }),
            ),
            ...failures('event_not_found'),
          },
        },
      },
      async (request) => {
        const { params, query } = request
        const [ids, { open, reviewed }] = await Promise.all([
          findReviewPage(deps.db, params.event_id, sliceOf(query)),
          countReviews(deps.db, params.event_id),
        ])
        const photos = await findCandidates(deps.db, params.event_id, ids)
        const base = deps.baseUrl(request)
        return success('Photos to review', {
          photos: photos.map((photo) => candidatePhotoView(photo, base)),
          reviewed,
          pagination: pagination(query, open),
        })
      },
    )

    app.post(
      '/:org_id/event/:event_id/photos/:image_id/review',
      {
        schema: {
          operationId: 'reviewPhoto',
          summary: 'Correct the bibs of a photo and take it off the review list',
          tags: ['review'],
          params: Photo,
          body: Type.Object(
            { corrections: Type.Array(Correction, { maxItems: 100 }) },
            { additionalProperties: false },
          ),
          response: { 200: Updated, ...failures(...GONE) },
        },
      },
      async (request) => {
        const { event_id: eventId, image_id: photoId } = request.params
        await correctBibs(deps, {
          photo: { eventId, photoId },
          corrections: request.body.corrections,
          by: actorOf(request),
          isReviewed: true,
        })
        return success('Reviewed', await show(request.params, deps.baseUrl(request)))
      },
    )

    app.delete(
      '/:org_id/event/:event_id/photos/:image_id/review',
      {
        schema: {
          operationId: 'reopenReview',
          summary: 'Put a reviewed photo back on the review list, if it is doubtful still',
          tags: ['review'],
          params: Photo,
          response: { 200: Updated, ...failures(...GONE) },
        },
      },
      async (request) => {
        const { event_id: eventId, image_id: photoId } = request.params
        await correctBibs(deps, {
          photo: { eventId, photoId },
          corrections: [],
          by: actorOf(request),
          isReviewed: false,
        })
        return success('Open again', await show(request.params, deps.baseUrl(request)))
      },
    )
  }

import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db, Tx } from '../db/connect.ts'
import { EventParams } from '../events/index.ts'
import { drainBody } from '../http/drain-body.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { answerKnown, FileHashes, KnownFiles } from '../http/known-files.ts'
import { FilePart } from '../http/openapi.ts'
import { PageQuery, pagination, sliceOf } from '../http/paging.ts'
import { AppError } from '../lib/errors.ts'
import { findOutage } from '../storage/find-outage.ts'
import { deletePhoto, type ErasedPhoto } from './delete-photo.ts'
import { noFiles } from './errors.ts'
import { findProgress, type VideoCounts } from './find-progress.ts'
import { findArrivalPage } from './page-queries.ts'
import { findKnownHashes } from './queries.ts'
import { ManagedPhotoPage, PhotoStatus, Progress, UploadedPhoto } from './schema.ts'
import { type StoredPhoto, type StorePhotoDeps, storePhoto } from './store-photo.ts'
import { managedPhotoView, type PhotoEvidence, uploadedPhotoView } from './views.ts'

export type ManagePhotoDeps = StorePhotoDeps & {
  db: Db
  enqueueErase: (tx: Tx, photo: ErasedPhoto) => Promise<void>
  hasOpenJobs: (eventId: number) => Promise<boolean>
  countVideos: (eventId: number) => Promise<VideoCounts>
  findEvidence: (eventId: number, photoIds: string[]) => Promise<Map<string, PhotoEvidence>>
}

const MAX_FILES = 500
const Photo = Type.Object({ ...EventParams.properties, image_id: Type.String() })
const UploadForm = Type.Object({
  file: Type.Array(FilePart('a photo as the camera wrote it'), {
    minItems: 1,
    maxItems: MAX_FILES,
  }),
})

export const managePhotoRoutes =
  (deps: ManagePhotoDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    // The limit of one file is storePhoto's: there it refuses that file and not the request.
    await app.register(multipart, {
      limits: {
        files: MAX_FILES,
        fields: 20,
        fieldSize: 1000,
        fileSize: Number.POSITIVE_INFINITY,
      },
    })

    app.post(
      '/:org_id/event/:event_id/photos',
      {
        config: { streamedBody: UploadForm },
        schema: {
          operationId: 'uploadPhotos',
          summary: 'Upload photos: multipart, one or more parts named file',
          description:
            'Each file is answered by itself, in the order sent: a refused one does not stop the others. 413 when every file is over the size limit.',
          tags: ['photos'],
          consumes: ['multipart/form-data'],
          params: EventParams,
          response: {
            200: Success(Type.Object({ photos: Type.Array(UploadedPhoto) })),
            ...failures(
              'event_not_found',
              'invalid_body',
              'upload_too_large',
              'unsupported_media_type',
            ),
          },
        },
      },
      async (request) => {
        const photos: { fileName: string; stored: StoredPhoto }[] = []
        try {
          for await (const { filename: fileName, file: body } of request.files()) {
            const photo = { eventId: request.params.event_id, fileName, body }
            photos.push({ fileName, stored: await storePhoto(deps, photo) })
          }
        } catch (error) {
          // The files behind it too have to leave the connection, else the answer is never read.
          if (findOutage(error)) await drainBody(request.raw)
          throw error
        }
        if (photos.length === 0) throw noFiles()
        const tooLarge = photos.flatMap(({ stored }) =>
          stored.status === 'rejected' && stored.error.code === 'photo_too_large'
            ? [stored.error]
            : [],
        )
        if (tooLarge.length === photos.length)
          throw new AppError({ code: 'upload_too_large', message: tooLarge[0]!.message })
        return success('Photos received', {
          photos: photos.map(({ fileName, stored }) => uploadedPhotoView(fileName, stored)),
        })
      },
    )

    app.post(
      '/:org_id/event/:event_id/photos/known',
      {
        schema: {
          operationId: 'findKnownPhotos',
          summary: 'Which files the event has already, by their sha256, before sending them',
          tags: ['photos'],
          params: EventParams,
          body: FileHashes,
          response: { 200: Success(KnownFiles), ...failures('event_not_found') },
        },
      },
      async ({ params, body }) => {
        const find = (hashes: Buffer[]) => findKnownHashes(deps.db, params.event_id, hashes)
        return success('Known photos', await answerKnown(body, find))
      },
    )

    app.get(
      '/:org_id/event/:event_id/photos',
      {
        schema: {
          operationId: 'listPhotos',
          summary:
            'Every photo sent, failed ones with the reason, with its bibs and faces; in order of arrival',
          tags: ['photos'],
          params: EventParams,
          querystring: Type.Object({
            ...PageQuery({ size: 32, maximum: 100 }).properties,
            status: Type.Optional(PhotoStatus),
          }),
          response: { 200: Success(ManagedPhotoPage), ...failures('event_not_found') },
        },
      },
      async ({ params: { event_id: eventId }, query }) => {
        const { rows, total } = await findArrivalPage(deps.db, eventId, {
          status: query.status,
          ...sliceOf(query),
        })
        const evidence = await deps.findEvidence(
          eventId,
          rows.map(({ id }) => id),
        )
        return success('Photos', {
          photos: rows.map((photo) => managedPhotoView(photo, evidence.get(photo.id))),
          pagination: pagination(query, total),
        })
      },
    )

    app.delete(
      '/:org_id/event/:event_id/photos/:image_id',
      {
        schema: {
          operationId: 'deletePhoto',
          summary: 'Delete a photo, its previews, reads and faces',
          tags: ['photos'],
          params: Photo,
          response: {
            200: Success(Type.Object({ deleted: Type.Literal(true) })),
            ...failures('event_not_found', 'photo_not_found'),
          },
        },
      },
      async ({ params: { event_id: eventId, image_id: photoId } }) => {
        await deletePhoto(deps, { eventId, photoId })
        return success('Photo deleted', { deleted: true as const })
      },
    )

    app.get(
      '/:org_id/event/:event_id/progress',
      {
        schema: {
          operationId: 'getProgress',
          summary: 'How far the processing is',
          tags: ['photos'],
          params: EventParams,
          response: { 200: Success(Progress), ...failures('event_not_found') },
        },
      },
      async ({ params }) => success('Progress', await findProgress(deps, params.event_id)),
    )
  }

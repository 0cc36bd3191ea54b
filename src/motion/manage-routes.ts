import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { EventParams } from '../events/index.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { answerKnown, FileHashes, KnownFiles } from '../http/known-files.ts'
import { FilePart } from '../http/openapi.ts'
import { PageQuery, pagination, sliceOf } from '../http/paging.ts'
import { AppError } from '../lib/errors.ts'
import { correctRecordedAt } from './correct-recorded-at.ts'
import { deleteVideo, type EnqueueVideoErase, forgetPerson } from './delete-video.ts'
import { noFile } from './errors.ts'
import { ChangeVideo, ManagedVideo, ManagedVideoPage, UploadedVideo } from './schema.ts'
import { type StoreVideoDeps, storeVideo } from './store-video.ts'
import { findKnownVideoHashes, findVideoPage } from './video-queries.ts'
import { managedVideoView } from './views.ts'

type Deps = StoreVideoDeps & {
  db: Db
  enqueueVideoErase: EnqueueVideoErase
  assertVideos: () => Promise<void>
}

const Video = Type.Object({ ...EventParams.properties, video_id: Type.String() })
const Request = Type.Object({ ...EventParams.properties, request_id: Type.String() })
const UploadForm = Type.Object({
  recorded_at: Type.Optional(
    Type.String({
      description:
        'ISO 8601 with an offset: when the first picture was taken. Before the file; else the container’s own time counts.',
    }),
  ),
  file: FilePart('a video as the camera wrote it'),
})

export const manageVideoRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (app) => {
    await app.register(multipart, {
      limits: { files: 1, fields: 20, fieldSize: 1000, fileSize: Number.POSITIVE_INFINITY },
    })

    app.post(
      '/:org_id/event/:event_id/videos',
      {
        config: { streamedBody: UploadForm },
        schema: {
          operationId: 'uploadVideo',
          summary: 'Upload a video: multipart with a part named file',
          description:
            'Large ones go better by tus (`/uploads`, metadata `kind` = `video`): that can be resumed.',
          tags: ['videos'],
          consumes: ['multipart/form-data'],
          params: EventParams,
          querystring: Type.Object({ recorded_at: Type.Optional(Type.String({ maxLength: 40 })) }),
          response: {
            200: Success(UploadedVideo),
            ...failures(
              'event_not_found',
              'invalid_body',
              'upload_too_large',
              'unsupported_media_type',
              'video_unsupported',
              'video_not_decodable',
              'video_too_large',
              'video_unavailable',
            ),
          },
        },
      },
      async (request) => {
        await deps.assertVideos()
        const part = await request.file()
        if (!part) throw noFile()
        const field = part.fields.recorded_at
        const given = field && 'value' in field ? String(field.value) : undefined
        const stored = await storeVideo(deps, {
          eventId: request.params.event_id,
          fileName: part.filename,
          recordedAt: given ?? request.query.recorded_at,
          body: part.file,
        }).catch((error: unknown) => {
          const isTooLarge = error instanceof AppError && error.code === 'video_too_large'
          throw isTooLarge
            ? new AppError({ code: 'upload_too_large', message: error.message })
            : error
        })
        return success('Video received', {
          video_id: stored.videoId,
          file_name: stored.fileName,
          status: stored.status,
        })
      },
    )

    app.post(
      '/:org_id/event/:event_id/videos/known',
      {
        schema: {
          operationId: 'findKnownVideos',
          summary: 'Which files the event has already, by their sha256, before sending them',
          tags: ['videos'],
          params: EventParams,
          body: FileHashes,
          response: { 200: Success(KnownFiles), ...failures('event_not_found') },
        },
      },
      async ({ params, body }) => {
        const find = (hashes: Buffer[]) => findKnownVideoHashes(deps.db, params.event_id, hashes)
        return success('Known videos', await answerKnown(body, find))
      },
    )

    app.get(
      '/:org_id/event/:event_id/videos',
      {
        schema: {
          operationId: 'listVideos',
          summary: 'Every video sent, failed ones with the reason; in order of arrival',
          tags: ['videos'],
          params: EventParams,
          querystring: PageQuery({ size: 32, maximum: 100 }),
          response: { 200: Success(ManagedVideoPage), ...failures('event_not_found') },
        },
      },
      async ({ params, query }) => {
        const { rows, total } = await findVideoPage(deps.db, params.event_id, sliceOf(query))
        return success('Videos', {
          videos: rows.map(managedVideoView),
          pagination: pagination(query, total),
        })
      },
    )

    app.patch(
      '/:org_id/event/:event_id/videos/:video_id',
      {
        schema: {
          operationId: 'changeVideo',
          summary: 'Put right when a video begins, as of a camera whose clock was wrong',
          description:
            'Searches by time follow at once; those made before keep what they found. Nothing is looked at again.',
          tags: ['videos'],
          params: Video,
          body: ChangeVideo,
          response: {
            200: Success(ManagedVideo),
            ...failures('event_not_found', 'video_not_found'),
          },
        },
      },
      async ({ params: { event_id: eventId, video_id: videoId }, body }) => {
        const video = await correctRecordedAt(deps, { eventId, videoId }, body.recorded_at)
        return success('Video changed', managedVideoView(video))
      },
    )

    app.delete(
      '/:org_id/event/:event_id/videos/:video_id',
      {
        schema: {
          operationId: 'deleteVideo',
          summary: 'Delete a video with its clips and all that was recognised in it',
          tags: ['videos'],
          params: Video,
          response: {
            200: Success(Type.Object({ deleted: Type.Literal(true) })),
            ...failures('event_not_found', 'video_not_found'),
          },
        },
      },
      async ({ params: { event_id: eventId, video_id: videoId } }) => {
        await deleteVideo(deps, { eventId, videoId })
        return success('Video deleted', { deleted: true as const })
      },
    )

    app.delete(
      '/:org_id/event/:event_id/video-clipping/:request_id',
      {
        schema: {
          operationId: 'forgetVideoPerson',
          summary: 'Hide the person of a video search',
          description:
            'Deletes what was kept of the person’s face in every video of the event, and every clip of it, whoever asked for it. The videos stay.',
          tags: ['videos'],
          params: Request,
          response: {
            200: Success(Type.Object({ persons: Type.Integer() })),
            ...failures('event_not_found', 'request_not_found', 'invalid_request_id'),
          },
        },
      },
      async ({ params: { event_id: eventId, request_id: requestId } }) => {
        const persons = await forgetPerson(deps, { eventId, requestId })
        return success('Person hidden', { persons })
      },
    )
  }

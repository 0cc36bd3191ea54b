import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { EventParams, eventOf } from '../events/index.ts'
import type { BaseUrl } from '../http/base-url.ts'
import { clientGone } from '../http/client-gone.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { readSelfieForm, SelfieForm } from '../http/selfie-form.ts'
import { askMoment } from './ask-moment.ts'
import { clipUrlOf } from './clip-url.ts'
import { findVideoSearchState, type VideoSearchState } from './find-video-search.ts'
import { AskedMoment, AskMoment, SearchByBib, SearchByTime, VideoSearch } from './schema.ts'
import {
  searchVideosByBib,
  searchVideosBySelfie,
  searchVideosByTime,
  type VideoSearchDeps,
} from './search-videos.ts'
import { clipView, videoSearchView } from './views.ts'

type Deps = VideoSearchDeps & {
  baseUrl: BaseUrl
  signingSecret: string
  maxSelfieBytes: number
  assertVideos: () => Promise<void>
}

const PATH = '/:org_id/event/:event_id/video-clipping'
const RequestParams = Type.Object({ ...EventParams.properties, request_id: Type.String() })
const FOLLOW =
  'Answers at once; ask for the request_id until the status is final. One clip a video, of its best moment; the others are under `moments`.'

export const videoSearchRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (app) => {
    await app.register(multipart, {
      limits: { files: 1, fields: 20, fieldSize: 1000, fileSize: deps.maxSelfieBytes },
    })
    app.addHook('preHandler', () => deps.assertVideos())

    app.post(
      `${PATH}/search-by-selfie`,
      {
        config: { flags: ['video_search', 'video_selfie_search'], streamedBody: SelfieForm },
        schema: {
          operationId: 'searchVideosBySelfie',
          summary: 'Clips that show the person of a selfie, or of a face search',
          description: `${FOLLOW} Multipart with the picture as \`file\`, or with the \`request_id\` of a face search and no picture. The picture is held in memory only. A \`request_id\` that was searched before gives the stored clips, whatever was indexed since: \`videos_indexing\` tells that more is to come, and the picture under a new id finds it.`,
          tags: ['videos'],
          consumes: ['multipart/form-data'],
          params: EventParams,
          querystring: Type.Object({ request_id: Type.Optional(Type.String({ maxLength: 100 })) }),
          response: {
            200: Success(VideoSearch),
            ...failures(
              'event_not_found',
              'request_not_found',
              'feature_disabled',
              'selfie_missing',
              'selfie_empty',
              'selfie_not_a_picture',
              'selfie_without_face',
              'invalid_request_id',
              'invalid_body',
              'upload_too_large',
              'recognition_busy',
              'video_unavailable',
            ),
          },
        },
      },
      async (request, reply) => {
        const {
          selfies: [selfie],
          fields,
        } = await readSelfieForm(request)
        const requestId = fields.get('request_id') || request.query.request_id || undefined
        const search = { event: eventOf(request), selfie, requestId }
        return answer(request, await searchVideosBySelfie(deps, search, clientGone(reply)))
      },
    )

    app.post(
      `${PATH}/search-by-bib`,
      {
        config: { flags: ['video_search', 'bib_search'] },
        schema: {
          operationId: 'searchVideosByBib',
          summary: 'Clips of everybody who wears a bib',
          description: FOLLOW,
          tags: ['videos'],
          params: EventParams,
          body: SearchByBib,
          response: {
            200: Success(VideoSearch),
            ...failures('event_not_found', 'feature_disabled', 'video_unavailable'),
          },
        },
      },
      async (request) => {
        const { bib } = request.body
        return answer(request, await searchVideosByBib(deps, { event: eventOf(request), bib }))
      },
    )

    app.post(
      `${PATH}/search-by-time`,
      {
        config: { flags: ['video_search', 'timeline_search'] },
        schema: {
          operationId: 'searchVideosByTime',
          summary: 'Clips of what the videos show of a window of time, [from, to)',
          description: `${FOLLOW} Videos without a known time are left out.`,
          tags: ['videos'],
          params: EventParams,
          body: SearchByTime,
          response: {
            200: Success(VideoSearch),
            ...failures('event_not_found', 'feature_disabled', 'video_unavailable'),
          },
        },
      },
      async (request) => {
        const search = { event: eventOf(request), ...request.body }
        return answer(request, await searchVideosByTime(deps, search))
      },
    )

    app.get(
      `${PATH}/:request_id`,
      {
        config: { flags: ['video_search'] },
        schema: {
          operationId: 'getVideoSearch',
          summary: 'How far a clip search is, and its clips',
          tags: ['videos'],
          params: RequestParams,
          response: {
            200: Success(VideoSearch),
            ...failures(
              'event_not_found',
              'request_not_found',
              'feature_disabled',
              'invalid_request_id',
              'video_unavailable',
            ),
          },
        },
      },
      async (request) => {
        const { event_id: eventId, request_id: requestId } = request.params
        return answer(request, await findVideoSearchState(deps, { eventId, requestId }))
      },
    )

    app.post(
      `${PATH}/:request_id/clips`,
      {
        config: { flags: ['video_search'] },
        schema: {
          operationId: 'askForClip',
          summary: 'The clip of one moment of a search, in the form asked for',
          description:
            'Ask again with the same body until the status is ready or failed: the same clip is cut once.',
          tags: ['videos'],
          params: RequestParams,
          body: AskMoment,
          response: {
            200: Success(AskedMoment),
            ...failures(
              'event_not_found',
              'request_not_found',
              'moment_not_found',
              'feature_disabled',
              'invalid_request_id',
              'video_unavailable',
            ),
          },
        },
      },
      async (request) => {
        const { moment_id: momentId, format, watermark: hasWatermark } = request.body
        const { request_id: requestId } = request.params
        const event = eventOf(request)
        const wish = { event, requestId, momentId, format, hasWatermark }
        const { moment, clip } = await askMoment(deps, wish)
        return success('Clip', {
          clip_id: clip.id,
          status: clip.status,
          clip: clipView(urlsFor(request), moment, clip),
          error: clip.error,
        })
      },
    )

    const urlsFor = (request: { protocol: string; host: string }) =>
      clipUrlOf(deps.baseUrl(request), deps.signingSecret)

    const answer = (request: { protocol: string; host: string }, state: VideoSearchState) =>
      success(messageOf(state), videoSearchView(urlsFor(request), state))
  }

const MESSAGES = {
  pending: 'Video search accepted',
  processing: 'Clips are being cut',
  completed: 'Records for video search',
  failed: 'The video search failed',
}

const messageOf = ({ status, videosIndexing: more }: VideoSearchState) =>
  status !== 'completed' || more === 0
    ? MESSAGES[status]
    : `${MESSAGES.completed} so far: ${more} ${more === 1 ? 'video is' : 'videos are'} still being indexed. Search again later for who is in ${more === 1 ? 'it' : 'them'}.`

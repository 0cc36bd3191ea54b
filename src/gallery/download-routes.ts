import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { create as contentDisposition } from 'content-disposition'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { publicFailures, Success, success } from '../http/envelope.ts'
import { writeZip } from '../lib/zip/write-zip.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { askDownload, assertDownloads, openDownload } from './ask-download.ts'
import { findOriginals } from './download-queries.ts'
import { photoNotFound } from './errors.ts'
import { galleryOf } from './require-gallery.ts'
import { Download, DownloadWish, GalleryParams, PhotoParams } from './schema.ts'

const common = [
  'gallery_not_found',
  'gallery_closed',
  'gallery_locked',
  'gallery_downloads_off',
] as const
/** A browser follows the redirect at once. */
const ORIGINAL_SECONDS = 300
/** What is read ahead of a slow client. */
const BUFFER_BYTES = 256 * 1024

/** Clean originals: one, or many as a ZIP that is made while it is sent. */
export const galleryDownloadRoutes =
  (deps: { db: Db; store: ObjectStore }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/:slug/photos/:id/original',
      {
        schema: {
          operationId: 'getGalleryOriginal',
          summary: 'Goes on to the original, as a file to save',
          tags: ['gallery'],
          security: [],
          params: PhotoParams,
          response: publicFailures(...common, 'photo_not_found'),
        },
      },
      async (request, reply) => {
        const event = galleryOf(request)
        assertDownloads(event)
        const { id } = request.params
        const [photo] = await findOriginals(deps.db, event.id, [id])
        if (!photo?.originalKey) throw photoNotFound(id)
        const presigned = { ttlSeconds: ORIGINAL_SECONDS, fileName: photo.fileName }
        return reply.redirect(deps.store.presign(photo.originalKey, presigned), 302)
      },
    )

    app.post(
      '/:slug/downloads',
      {
        schema: {
          operationId: 'askGalleryDownload',
          summary: 'A ZIP of originals: by ids, the sure ones of a result, or those of a bib',
          description:
            'Photos that the gallery does not have are left out. The URL is good for an hour, in the browser that asked.',
          tags: ['gallery'],
          security: [],
          params: GalleryParams,
          body: DownloadWish,
          response: {
            200: Success(Download),
            ...publicFailures(
              ...common,
              'photo_not_found',
              'result_not_found',
              'feature_disabled',
              'request_forged',
            ),
          },
        },
      },
      async (request) => {
        const event = galleryOf(request)
        const asked = await askDownload(deps, { event, wish: request.body })
        return success('The download is ready', {
          url: `/api/v1/gallery/${event.slug}/downloads/${asked.secret}`,
          photos: asked.photos,
          bytes: asked.bytes,
          expires_at: asked.expiresAt.toISOString(),
        })
      },
    )

    app.get(
      '/:slug/downloads/:secret',
      {
        schema: {
          operationId: 'getGalleryDownload',
          summary: 'The ZIP (stored, not compressed; ZIP64 where needed)',
          tags: ['gallery'],
          security: [],
          params: Type.Object({
            ...GalleryParams.properties,
            secret: Type.String({ minLength: 1, maxLength: 100 }),
          }),
          response: publicFailures(...common, 'download_not_found'),
        },
      },
      async (request, reply) => {
        const event = galleryOf(request)
        const { secret } = request.params
        const { files, bytes } = await openDownload(deps, { event, secret })
        reply
          .type('application/zip')
          .header('Content-Length', bytes)
          .header('Content-Disposition', contentDisposition(`${event.slug}.zip`))
          .header('X-Content-Type-Options', 'nosniff')
        // An answer without a body, whose length is told all the same.
        if (request.method === 'HEAD') return reply.send(Readable.from([]))
        const options = { objectMode: false, highWaterMark: BUFFER_BYTES }
        return reply.send(Readable.from(writeZip(files), options))
      },
    )
  }

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import { publicFailures, Success, success } from '../http/envelope.ts'
import { findPhotoPage, findPhotosById } from '../photos/index.ts'
import { photoNotFound } from './errors.ts'
import { galleryOf } from './require-gallery.ts'
import {
  GalleryParams,
  GalleryPhoto,
  GalleryPhotos,
  GallerySearch,
  GalleryTimeline,
  PhotoParams,
  SliceQuery,
} from './schema.ts'
import { searchPhotos } from './search-photos.ts'
import { showTimeline } from './show-gallery.ts'
import { showPhotos } from './show-photos.ts'

const closed = ['gallery_not_found', 'gallery_closed', 'gallery_locked'] as const

/** The photos of an open gallery: all, one, or those that a search finds. */
export const galleryPhotoRoutes =
  (deps: { db: Db }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/:slug/timeline',
      {
        schema: {
          operationId: 'getGalleryTimeline',
          summary: 'How many photos were taken in each minute',
          tags: ['gallery'],
          security: [],
          params: GalleryParams,
          response: { 200: Success(GalleryTimeline), ...publicFailures(...closed) },
        },
      },
      async (request) => success('Timeline', await showTimeline(deps, galleryOf(request).id)),
    )

    app.get(
      '/:slug/photos',
      {
        schema: {
          operationId: 'listGalleryPhotos',
          summary:
            'Photos in order of time, those without one last; any place is as near as the first',
          tags: ['gallery'],
          security: [],
          params: GalleryParams,
          querystring: SliceQuery,
          response: { 200: Success(GalleryPhotos), ...publicFailures(...closed) },
        },
      },
      async (request) => {
        const event = galleryOf(request)
        const { rows, total } = await findPhotoPage(deps.db, event.id, request.query)
        return success('Photos', { total, photos: await showPhotos(deps, event, rows) })
      },
    )

    app.get(
      '/:slug/photos/:id',
      {
        schema: {
          operationId: 'getGalleryPhoto',
          summary: 'One photo, for a link to it',
          tags: ['gallery'],
          security: [],
          params: PhotoParams,
          response: {
            200: Success(Type.Object({ photo: GalleryPhoto })),
            ...publicFailures(...closed, 'photo_not_found'),
          },
        },
      },
      async (request) => {
        const event = galleryOf(request)
        const { id } = request.params
        const [photo] = await showPhotos(deps, event, await findPhotosById(deps.db, event.id, [id]))
        if (!photo) throw photoNotFound(id)
        return success('Photo', { photo })
      },
    )

    app.get(
      '/:slug/search',
      {
        schema: {
          operationId: 'searchGallery',
          summary: 'Photos of a bib, a time of day, or (where the event allows it) a name',
          description:
            'A bib (`1042`, `A12`), a time of day in the zone of the event (`9:41`, `9:41 pm`, `09:41-10:00`, `9h41`; matched on every day that has photos), else a name.',
          tags: ['gallery'],
          security: [],
          params: GalleryParams,
          querystring: Type.Object({
            q: Type.String({ minLength: 1, maxLength: 100 }),
            ...SliceQuery.properties,
          }),
          response: { 200: Success(GallerySearch), ...publicFailures(...closed) },
        },
      },
      async (request) => {
        const event = galleryOf(request)
        const { q: text, ...slice } = request.query
        const { understood, rows, total } = await searchPhotos(deps, { event, text }, slice)
        return success('Search', {
          understood,
          total,
          photos: await showPhotos(deps, event, rows),
        })
      },
    )
  }

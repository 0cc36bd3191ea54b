export { deleteExpiredDownloads } from './download-queries.ts'
export {
  eraseExpiredResults,
  eraseResultsOf,
  eraseResultsOfPerson,
} from './erase-results.ts'
export { deleteOldFailures } from './failure-queries.ts'
export { type GalleryDeps, galleryRoutes } from './gallery-routes.ts'
export { galleryPageRoutes } from './page-routes.ts'
export { galleryOf } from './require-gallery.ts'
export { GalleryParams } from './schema.ts'

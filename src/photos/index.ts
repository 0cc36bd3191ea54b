export { cameraRoutes } from './camera-routes.ts'
export { deletePhoto } from './delete-photo.ts'
export { originalMissing, photoNotFound, retryNotPossible } from './errors.ts'
export { imageRoutes } from './ext-routes.ts'
export { findProgress, type VideoCounts } from './find-progress.ts'
export { erasePhotoJob, preparePhotoJob, retimePhotosJob } from './jobs.ts'
export { type ManagePhotoDeps, managePhotoRoutes } from './manage-routes.ts'
export {
  countPhotos,
  countPhotosByStatus,
  findPhotoPage,
  findWindowPage,
  type Page,
} from './page-queries.ts'
export type { PictureStep } from './prepare-photo.ts'
export {
  eachPhotoBatch,
  findCoverPhotos,
  findKnownHashes,
  findPhotosById,
  PHOTO_COLUMNS,
  type PhotoRow,
} from './queries.ts'
export { retryRoutes } from './retry-routes.ts'
export { Box, Image, ImagePage } from './schema.ts'
export {
  originalKey,
  type PhotoRef,
  type StoredPhoto,
  type StorePhotoDeps,
  storePhoto,
} from './store-photo.ts'
export { cleanFileName, insertOrRemove, startIntake } from './take-file.ts'
export { type StoreVideo, uploadRoutes } from './upload-routes.ts'
export { imageView, type PhotoEvidence, previewUrl } from './views.ts'

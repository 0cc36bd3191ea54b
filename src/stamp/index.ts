export { RESTAMP_SHARES, restampJob } from './jobs.ts'
export { watermarkRoutes } from './manage-routes.ts'
export { previewRoutes } from './preview-routes.ts'
export { erasePreviews, stampPhoto } from './stamp-photo.ts'

export { type GalleryDeps, galleryRoutes } from './gallery-routes.ts'
export { galleryPageRoutes } from './page-routes.ts'

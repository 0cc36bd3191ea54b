export { videoSearchRoutes } from './ext-routes.ts'

export { timelineRoutes } from './ext-routes.ts'

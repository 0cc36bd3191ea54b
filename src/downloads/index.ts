export { originalRoutes } from './ext-routes.ts'
export { OBJECTS_PATH, objectRoutes } from './object-routes.ts'

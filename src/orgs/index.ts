export { createKey } from './keys.ts'
export { keyRoutes } from './manage-routes.ts'
export { findKeyByHash, findKeys } from './queries.ts'

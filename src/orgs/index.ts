export { createKey, deleteKey, setKeyActive } from './keys.ts'
export { keyRoutes } from './manage-routes.ts'
export { findKeyByHash, findKeys, findOrganisations, insertOrganisation } from './queries.ts'

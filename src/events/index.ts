export { changeEvent, type EventFollowUps } from './change-event.ts'
export { createEvent } from './create-event.ts'
export { deleteEvent, eventFolder } from './delete-event.ts'
export { eventNotFound, eventOfAnother } from './errors.ts'
export { eventRoutes, type FindCovers } from './ext-routes.ts'
export { eraseEventJob } from './jobs.ts'
export { manageEventRoutes } from './manage-routes.ts'
export {
  type Event,
  findEvent,
  findEventBySlug,
  findEvents,
  findEventsWithRetention,
  findWatermarks,
  lockEvent,
  shareEvent,
  updateEvent,
} from './queries.ts'
export { assertFeature, eventOf, isOn, requireEvent } from './require-event.ts'
export { ChangeEvent, CreateEvent, EventParams, OrgParams } from './schema.ts'
export { stampRecipeOf } from './stamp-recipe.ts'

import type { FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import type { Db } from '../db/connect.ts'
import { coalesceBy } from '../lib/coalesce.ts'
import { eventNotFound, eventOfAnother, featureDisabled, noBiometrics } from './errors.ts'
import { type Event, findEvent } from './queries.ts'
import type { Flag } from './schema.ts'

declare module 'fastify' {
  interface FastifyRequest {
    event: Event | undefined
  }
  interface FastifyContextConfig {
    /** The route is refused unless the event has these features on. */
    flags?: readonly Flag[]
  }
}

/**
 * Loads the event of the path, once a request: 404 when there is none, 403 when it is another organisation's or the route's
 * features are off. Routes without an event in their path pass.
 */
export const requireEvent = ({ db }: { db: Db }): preHandlerAsyncHookHandler => {
  const find = coalesceBy((eventId: number) => findEvent(db, eventId))
  return async (request) => {
    const { event_id: eventId, org_id: orgId } = request.params as {
      event_id?: number
      org_id: unknown
    }
    if (Number(orgId) !== request.identity?.orgId) throw eventOfAnother()
    if (eventId === undefined) return
    const event = await find(eventId)
    if (!event) throw eventNotFound(eventId)
    if (event.orgId !== request.identity?.orgId) throw eventOfAnother()
    for (const flag of request.routeOptions.config.flags ?? []) assertFeature(event, flag)
    request.event = event
  }
}

/** The event that `requireEvent` loaded. */
export function eventOf(request: FastifyRequest): Event {
  if (!request.event) throw new Error(`${request.routeOptions.url} has no event in its path`)
  return request.event
}

/** @throws feature_disabled */
export function assertFeature(event: Event, flag: Flag): void {
  if (event.biometrics === 'none' && (flag === 'selfie_search' || flag === 'video_selfie_search'))
    throw noBiometrics()
  if (!isOn(event, flag)) throw featureDisabled(flag)
}

/** True when the feature is on. Selfie searches need faces, the one in videos video search too. */
export function isOn(event: Event, flag: Flag): boolean {
  switch (flag) {
    case 'bib_search':
      return event.bibSearch
    case 'selfie_search':
      return event.selfieSearch && event.biometrics !== 'none'
    case 'timeline_search':
      return event.timelineSearch
    case 'video_search':
      return event.videoSearch
    case 'video_selfie_search':
      return event.videoSearch && event.videoSelfieSearch && event.biometrics !== 'none'
  }
}

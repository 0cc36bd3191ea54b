import type { Db } from '../db/connect.ts'
import { eventFolder } from '../events/index.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { findHolding, type HidingRef } from './queries.ts'
import { unseal } from './seal.ts'
import { type Template, unpackTemplate } from './template.ts'

/** Who is hidden in an event. */
export type Hidden = {
  /** Changes when anybody is added or removed. */
  readonly version: string
  readonly templates: readonly { readonly hidingId: string; readonly template: Template }[]
}

export type Hidings = {
  /** Who is hidden now, with opened templates; in memory only. */
  find(db: Db, eventId: number): Promise<Hidden>
  /** One person's template, confirmed or not; in memory only. */
  open(ref: HidingRef, sealed: Uint8Array): Promise<Template>
}

/** Where the key of a template lies: apart from the database that holds the template, and gone with the event's folder. */
export const templateKey = ({ eventId, hidingId }: HidingRef) =>
  `${eventFolder(eventId)}/hidings/${hidingId}.key`

/** What a template is sealed under: it opens in no other row. */
export const sealName = ({ eventId, hidingId }: HidingRef) => `hiding ${eventId}/${hidingId}`

/** Most keys that are remembered, of 32 bytes each: a template is then opened without asking the object store. */
const MAX_KEYS = 10_000

export function openHidings({ store }: { store: ObjectStore }): Hidings {
  const keys = new Map<string, Buffer>()
  const open = async (ref: HidingRef, sealed: Uint8Array): Promise<Template> => {
    const key = keys.get(ref.hidingId) ?? (await store.read(templateKey(ref)))
    // Without the key the person cannot be recognised: rather nothing new is kept than somebody who asked not to be.
    if (!key)
      throw new Error(
        `The key ${templateKey(ref)} of a hiding is not in the object store. Put it back, or delete that hiding and have the person ask again.`,
      )
    if (keys.size >= MAX_KEYS) keys.clear()
    keys.set(ref.hidingId, key)
    return unpackTemplate(unseal(sealed, key, sealName(ref)))
  }
  return {
    open,
    async find(db, eventId) {
      const rows = await findHolding(db, eventId)
      const templates = []
      for (const { id: hidingId, template } of rows)
        if (template)
          templates.push({ hidingId, template: await open({ eventId, hidingId }, template) })
      return { version: rows.map(({ id }) => id).join(), templates }
    },
  }
}

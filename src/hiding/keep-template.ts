import { randomBytes } from 'node:crypto'
import type { ObjectStore } from '../storage/object-store.ts'
import { sealName, templateKey } from './open-hidings.ts'
import type { HidingRef } from './queries.ts'
import { KEY_BYTES, seal } from './seal.ts'
import { packTemplate, type Template } from './template.ts'

/** Makes the key of a hiding, puts it into the object store and gives the template as the database keeps it. */
export async function sealTemplate(
  { store }: { store: ObjectStore },
  ref: HidingRef,
  template: Template,
): Promise<Buffer> {
  const key = randomBytes(KEY_BYTES)
  await store.put(templateKey(ref), key)
  return seal(packTemplate(template), key, sealName(ref))
}

/** Seals a template anew with the key that it has; undefined when that is gone. */
export async function resealTemplate(
  { store }: { store: ObjectStore },
  ref: HidingRef,
  template: Template,
): Promise<Buffer | undefined> {
  const key = await store.read(templateKey(ref))
  return key && seal(packTemplate(template), key, sealName(ref))
}

/** Destroys the key: what copies of the database still hold of the template cannot be opened any more. */
export const destroyTemplateKey = ({ store }: { store: ObjectStore }, ref: HidingRef) =>
  store.remove(templateKey(ref))

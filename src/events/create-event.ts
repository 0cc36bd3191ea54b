import type { Db } from '../db/connect.ts'
import { slugTaken } from './errors.ts'
import {
  assertPassword,
  assertSettings,
  columnsOf,
  passwordColumnOf,
  RESERVED_SLUGS,
} from './event-columns.ts'
import { type Event, findEventBySlug, insertEvent } from './queries.ts'
import type { CreateEvent } from './schema.ts'
import { stampRecipeOf } from './stamp-recipe.ts'

/** @throws slug_taken, validation_failed */
export async function createEvent(
  { db }: { db: Db },
  { orgId, ...wish }: CreateEvent & { orgId: number },
): Promise<Event> {
  assertSettings(wish)
  const slug = wish.event_slug ?? (await freeSlug(db, slugify(wish.event_name)))
  const password = await passwordColumnOf(wish)
  assertPassword({ ...wish, ...password })
  const event = await insertEvent(db, {
    ...columnsOf(wish),
    ...password,
    orgId,
    name: wish.event_name.trim(),
    slug,
    stampRecipe: stampRecipeOf({ name: wish.event_name.trim(), art: [] }),
  })
  if (!event) throw slugTaken(slug)
  return event
}

function slugify(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80)
  return slug.replace(/-+$/, '') || 'event'
}

/** The slug itself, else with the first number behind it that no event has. */
async function freeSlug(db: Db, slug: string): Promise<string> {
  for (let n = 1; n < 10_000; n++) {
    const candidate = n === 1 ? slug : `${slug}-${n}`
    if (!RESERVED_SLUGS.has(candidate) && !(await findEventBySlug(db, candidate))) return candidate
  }
  throw slugTaken(slug)
}

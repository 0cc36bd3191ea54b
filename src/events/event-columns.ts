import { randomBytes } from 'node:crypto'
import type { Insertable } from 'kysely'
import type { Tables, Visibility } from '../db/tables.ts'
import { hashPassword } from '../lib/passwords.ts'
import { badField, slugTaken } from './errors.ts'
import type { ChangeEvent } from './schema.ts'

/** What the gallery's surface has in the place of a slug. */
export const RESERVED_SLUGS = new Set(['events'])

/** Checks what a pattern cannot: the calendar and the zone. @throws validation_failed, slug_taken */
export function assertSettings({ event_date, timezone, event_slug }: ChangeEvent): void {
  if (event_slug !== undefined && RESERVED_SLUGS.has(event_slug)) throw slugTaken(event_slug)
  if (event_date !== undefined && !isDate(event_date))
    throw badField('event_date', `${event_date} is no date of the calendar`)
  if (timezone !== undefined && !isTimezone(timezone))
    throw badField('timezone', `"${timezone}" is no IANA time zone, such as Europe/Berlin`)
}

function isDate(text: string): boolean {
  const date = new Date(`${text}Z`)
  return !Number.isNaN(date.valueOf()) && date.toISOString().startsWith(text)
}

function isTimezone(name: string): boolean {
  try {
    // A bare offset such as +02:00 means the opposite in PostgreSQL: only names are taken.
    return (
      /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== ''
    )
  } catch {
    return false
  }
}

/** The wire's names of the settings -> columns; what is not named stays away. */
export function columnsOf(
  change: ChangeEvent,
): Partial<Omit<Insertable<Tables['event']>, 'orgId' | 'stampRecipe'>> {
  const columns = {
    name: change.event_name?.trim(),
    slug: change.event_slug,
    date: change.event_date,
    timezone: change.timezone,
    status: change.status,
    eventEnabled: change.event_enabled,
    bibSearch: change.bib_search,
    selfieSearch: change.selfie_search,
    nameSearch: change.name_search,
    videoSearch: change.video_search,
    videoSelfieSearch: change.video_selfie_search,
    timelineSearch: change.timeline_search,
    confidencePercentage: change.confidence_percentage,
    biometrics: change.biometrics,
    retentionDaysSearches: change.retention_days_searches,
    retentionDaysFaces: change.retention_days_faces,
    motion: change.motion && JSON.stringify(withoutNulls(change.motion)),
    visibility: change.visibility,
    galleryDownloads: change.gallery_downloads,
    selfieDays: change.selfie_days,
    linkSecret: change.new_gallery_link && newLinkSecret(),
  }
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined))
}

/** What is null has its default again. */
const withoutNulls = (values: object) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))

const newLinkSecret = () => randomBytes(16).toString('hex')

/** The column of a password that is set, taken away or left as it is. */
export async function passwordColumnOf({
  gallery_password: password,
}: ChangeEvent): Promise<{ passwordHash?: string | null }> {
  if (password === undefined) return {}
  return { passwordHash: password === null ? null : await hashPassword(password) }
}

/** A gallery behind a password that nobody has set would never open. @throws validation_failed */
export function assertPassword({
  visibility,
  passwordHash,
}: {
  visibility?: Visibility | undefined
  passwordHash?: string | null | undefined
}): void {
  if (visibility === 'password' && !passwordHash)
    throw badField('gallery_password', 'must be set when visibility is "password"')
}

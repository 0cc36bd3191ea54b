import type { Insertable } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { badField } from './errors.ts'
import type { ChangeEvent } from './schema.ts'

/** Checks what a pattern cannot: the calendar and the zone. @throws validation_failed */
export function assertSettings({ event_date, timezone }: ChangeEvent): void {
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
    motion: change.motion && JSON.stringify(change.motion),
  }
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined))
}

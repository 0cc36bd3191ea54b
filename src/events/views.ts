import type { Event } from './queries.ts'
import { isOn } from './require-event.ts'

const identityView = (event: Event) => ({
  event_id: event.id,
  event_name: event.name,
  event_slug: event.slug,
  event_date: event.date,
  status: event.status,
})

export const eventListView = (event: Event, coverImage: string | null) => ({
  ...identityView(event),
  cover_image: coverImage,
})

export const eventDetailsView = (event: Event) => ({
  ...identityView(event),
  event_enabled: event.eventEnabled,
  bib_search: event.bibSearch,
  selfie_search: isOn(event, 'selfie_search'),
  name_search: event.nameSearch,
  video_search: event.videoSearch,
  video_selfie_search: isOn(event, 'video_selfie_search'),
  timeline_search: event.timelineSearch,
})

/** The address of the gallery; one that opens by its link alone carries the secret where no server and no log sees it. */
const galleryLink = ({ slug, visibility, linkSecret }: Event, baseUrl: string) =>
  `${baseUrl}/e/${slug}${visibility === 'link' ? `#k=${linkSecret}` : ''}`

export const eventSettingsView = (event: Event, baseUrl: string) => ({
  ...eventDetailsView(event),
  timezone: event.timezone,
  confidence_percentage: event.confidencePercentage,
  biometrics: event.biometrics,
  retention_days_searches: event.retentionDaysSearches,
  retention_days_faces: event.retentionDaysFaces,
  motion: event.motion,
  visibility: event.visibility,
  gallery_downloads: event.galleryDownloads,
  has_gallery_password: event.passwordHash !== null,
  selfie_days: event.selfieDays,
  gallery_link: galleryLink(event, baseUrl),
})

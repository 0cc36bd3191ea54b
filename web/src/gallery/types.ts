import type { Static } from 'typebox'
import type * as forgetting from '../../../src/forgetting/schema.ts'
import type * as gallery from '../../../src/gallery/schema.ts'

export type Photo = gallery.GalleryPhoto
export type PhotoPage = Static<typeof gallery.GalleryPhotos>
export type EventItem = Static<typeof gallery.GalleryListItem>
export type EventInfo = gallery.Gallery
export type Timeline = Static<typeof gallery.GalleryTimeline>
export type Understood = gallery.Understood
export type SearchPage = Static<typeof gallery.GallerySearch>
export type Result = gallery.GalleryResult
export type AskedHiding = Static<typeof forgetting.AskedHiding>
export type Receipt = forgetting.Receipt
export type Match = Result['sure'][number]

export type Clip = {
  id: string
  clip_url: string
  poster_url: string | null
  preview_url: string | null
  video_name: string
  recorded_at: string | null
  start: number
  end: number
  duration: number
  width: number
  height: number
  status: string
}
export type Clips = {
  request_id: string
  status: 'processing' | 'done'
  clips: Clip[]
  videos_indexing: number
}

export type Download = { url: string; photos: number; bytes: number; expires_at: string }

/** What the public surface sends (`/api/v1/gallery`). */
export type Photo = {
  id: string
  thumb_url: string
  preview_url: string
  width: number
  height: number
  captured_at: string | null
  /** Wall time at the event, `YYYY-MM-DDTHH:mm:ss`. */
  local_time: string | null
  bibs: string[]
}
export type PhotoPage = { total: number; photos: Photo[] }

export type EventItem = {
  slug: string
  name: string
  date: string | null
  photo_count: number
  cover_url: string | null
}
export type EventInfo = {
  slug: string
  name: string
  date: string | null
  timezone: string
  access: 'open' | 'password' | 'link'
  photo_count: number
  searches: { bib: boolean; name: boolean; selfie: boolean; time: boolean; video: boolean }
  downloads: boolean
  selfie_days: number
}

/** How many photos were taken in each minute (since 1970), ascending; photos without a time stand behind all others. */
export type Timeline = {
  total: number
  untimed: number
  minutes: [minute: number, count: number][]
}

export type Understood =
  | { kind: 'bib'; bib: string }
  | { kind: 'name'; people: { bib: string; name: string }[] }
  | { kind: 'time'; from: string; to: string; local: string }
  | { kind: 'none'; reason: 'no_such_bib' | 'not_understood' | 'switched_off' }
export type SearchPage = PhotoPage & { understood: Understood }

export type Match = Photo & { percentage: number }
export type Result = {
  token: string
  role: 'holder' | 'friend'
  shared_token: string | null
  expires_at: string
  total: number
  sure: Match[]
  maybe: Match[]
  hidden: string[]
}

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
export type Clips = { request_id: string; status: 'processing' | 'done'; clips: Clip[] }

export type Download = { url: string; photos: number; bytes: number; expires_at: string }

import type { ColumnType, Generated } from 'kysely'

/** Row shapes of migrations/, camelCase by Kysely's plugin. Timestamps without a zone travel as text: see db/connect.ts. */
export type Tables = {
  setting: { name: string; value: Buffer }
  organisation: { id: Generated<number>; name: string; createdAt: Generated<Date> }
  apiKey: ApiKeyTable
  event: EventTable
  photo: PhotoTable
  photoCount: { eventId: number; list: PhotoList; minute: Date; photos: number }
  cameraCorrection: { eventId: number; camera: string; seconds: number }
  watermark: WatermarkTable
  bibRead: BibReadTable
  photoBib: PhotoBibTable
  participant: ParticipantTable
  face: FaceTable
  eventFaceModel: { eventId: number; model: string }
  faceFile: {
    eventId: number
    model: string
    revision: string
    horizon: string
    cluster: string
    faces: number
    writtenAt: Generated<Date>
  }
  faceRemoval: {
    eventId: number
    faceId: string
    removedIn: Generated<string>
    removedAt: Generated<Date>
  }
  faceSearch: FaceSearchTable
  faceSearchHit: {
    eventId: number
    searchId: string
    photoId: string
    rank: number
    percentage: number
    faceId: string | null
  }
  bibVerdict: BibVerdictTable
  photoReview: PhotoReviewTable
  auditPhoto: AuditPhotoTable
  consoleSession: {
    hash: Buffer
    keyId: string
    createdAt: Generated<Date>
    lastSeenAt: Generated<Date>
  }
  unlockFailure: { addressHash: Buffer; failures: number; endsAt: Date }
  video: VideoTable
  videoSegment: {
    eventId: number
    videoId: string
    ordinal: number
    startSeconds: number
    endSeconds: number
    indexedAt: Date | null
    faceModels: Generated<string[]>
  }
  videoTrack: VideoTrackTable
  videoFace: {
    eventId: number
    trackId: string
    ordinal: number
    seconds: number
    quality: number
    embedding: Buffer
    model: string
    landmarks: number[] | null
  }
  videoBibRead: VideoBibReadTable
  videoMatch: { eventId: number; requestId: string; trackId: string; percentage: number }
  videoSearch: {
    eventId: number
    id: string
    kind: 'selfie' | 'bib' | 'time'
    createdAt: Generated<Date>
    footage: Generated<string>
  }
  videoMoment: VideoMomentTable
  videoClip: VideoClipTable
  hiding: HidingTable
  galleryResult: GalleryResultTable
  gallerySelfie: {
    eventId: number
    resultId: string
    id: string
    model: string
    embedding: Buffer
  }
  galleryMatch: { eventId: number; resultId: string; photoId: string; percentage: number }
  galleryNotMe: { eventId: number; resultId: string; photoId: string }
  galleryDownload: { eventId: number; hash: Buffer; photoIds: string[]; expiresAt: Date }
  hiddenFace: { eventId: number; photoId: string; hidingId: string; box: number[] }
}

export type Visibility = 'public' | 'link' | 'password'
export type PhotoList = 'timed' | 'untimed' | 'pending' | 'done' | 'failed'
export type Scope = 'read' | 'manage'
export type Orientation = 'any' | 'portrait' | 'landscape'

type ApiKeyTable = {
  id: string
  orgId: number
  name: string
  prefix: string
  hash: Buffer
  scopes: Scope[]
  active: Generated<boolean>
  createdAt: Generated<Date>
}

type EventTable = {
  id: Generated<number>
  orgId: number
  name: string
  slug: string
  date: string | null
  timezone: Generated<string>
  status: Generated<'draft' | 'active' | 'archived'>
  eventEnabled: Generated<boolean>
  bibSearch: Generated<boolean>
  selfieSearch: Generated<boolean>
  nameSearch: Generated<boolean>
  videoSearch: Generated<boolean>
  videoSelfieSearch: Generated<boolean>
  timelineSearch: Generated<boolean>
  confidencePercentage: number | null
  biometrics: Generated<'faces' | 'none'>
  retentionDaysSearches: number | null
  retentionDaysFaces: number | null
  motion: ColumnType<Record<string, number | boolean>, string | undefined, string>
  visibility: Generated<Visibility>
  linkSecret: Generated<string>
  passwordHash: string | null
  galleryDownloads: Generated<boolean>
  selfieDays: Generated<number>
  stampRecipe: string
  startListRevision: Generated<number>
  deletedAt: Date | null
  createdAt: Generated<Date>
}

type PhotoTable = {
  eventId: number
  id: string
  fileName: string
  sha256: Buffer
  bytes: ColumnType<string, number, never>
  contentType: string | null
  originalKey: string | null
  status: Generated<'pending' | 'done' | 'failed'>
  errorCode: string | null
  error: string | null
  note: string | null
  addedAt: Date
  width: number | null
  height: number | null
  camera: string | null
  wallTime: string | null
  offsetMinutes: number | null
  correctionSeconds: Generated<number>
  capturedAt: Date | null
  keywords: Generated<string[]>
  stampRecipe: string | null
  preparedAt: Date | null
  stampedAt: Date | null
  bibsReadAt: Date | null
  facesIndexedAt: Date | null
  faceModels: Generated<string[]>
}

type WatermarkTable = {
  eventId: number
  orientation: Orientation
  contentType: 'image/png' | 'image/svg+xml'
  art: Buffer
  updatedAt: Generated<Date>
}

type BibReadTable = {
  eventId: number
  photoId: string
  ordinal: number
  source: 'engine' | 'keyword'
  kind: 'digits' | 'alphanumeric'
  text: string
  fullText: string
  score: number
  box: number[]
}

type PhotoBibTable = {
  eventId: number
  bibKey: string
  photoId: string
  bib: string
  score: number
  box: number[]
}

type ParticipantTable = {
  eventId: number
  bibKey: string
  bib: string
  name: string | null
  category: string | null
  startTime: string | null
  finishTime: string | null
}

type FaceTable = {
  eventId: number
  /** bigint: text from the driver; below 2^53, so a number is safe. */
  id: Generated<string>
  photoId: string
  score: number
  quality: number
  box: number[]
  landmarks: number[]
  embedding: Buffer
  model: string
  writtenIn: Generated<string>
}

type FaceSearchTable = {
  eventId: number
  id: string
  confidencePercentage: number
  model: string
  createdAt: Generated<Date>
}

export type Verdict = 'confirmed' | 'rejected'

type BibVerdictTable = {
  eventId: number
  photoId: string
  bibKey: string
  bib: string
  verdict: Verdict
  decidedBy: string
  decidedAt: Generated<Date>
}

type PhotoReviewTable = {
  eventId: number
  photoId: string
  bibKey: string
  usefulness: number
  reviewedAt: Date | null
  reviewedBy: string | null
}

type AuditPhotoTable = {
  eventId: number
  seed: number
  ordinal: number
  photoId: string
  bibs: string[] | null
  judgedBy: string | null
  judgedAt: Date | null
}

type VideoTable = {
  eventId: number
  id: string
  fileName: string
  sha256: Buffer
  bytes: ColumnType<string, number, never>
  contentType: string | null
  originalKey: string | null
  status: Generated<'pending' | 'indexing' | 'done' | 'failed'>
  errorCode: string | null
  error: string | null
  addedAt: Date
  recordedAt: Date | null
  codec: string | null
  width: number | null
  height: number | null
  framesPerSecond: number | null
  duration: number | null
  hasSound: boolean | null
  keyframes: number[] | null
  isInterlaced: Generated<boolean>
  sampleFps: number | null
  indexedAt: Date | null
}

type VideoTrackTable = {
  eventId: number
  id: string
  videoId: string
  segment: number
  thread: string
  startSeconds: number
  endSeconds: number
  path: number[]
}

type VideoBibReadTable = {
  eventId: number
  trackId: string
  ordinal: number
  seconds: number
  kind: 'digits' | 'alphanumeric'
  text: string
  fullText: string
  score: number
  bibKey: string
}

type VideoMomentTable = {
  eventId: number
  searchId: string
  ordinal: number
  videoId: string
  rank: number
  startSeconds: number
  endSeconds: number
  percentage: number
  thread: string | null
  otherThreads: Generated<string[]>
  clipId: string | null
}

type VideoClipTable = {
  eventId: number
  id: string
  videoId: string
  recipe: string
  startSeconds: number
  endSeconds: number
  format: 'source' | 'portrait' | 'preview'
  isEncoded: boolean
  watermark: string | null
  thread: string | null
  otherThreads: Generated<string[]>
  hasPreview: Generated<boolean>
  status: Generated<'pending' | 'processing' | 'ready' | 'failed'>
  error: string | null
  createdAt: Generated<Date>
}

type HidingTable = {
  eventId: number
  id: string
  kind: 'bib' | 'selfie'
  bib: string | null
  bibKeys: string[] | null
  template: Buffer | null
  lasting: boolean
  askedBy: string
  askedAt: Generated<Date>
  confirmedBy: string | null
  confirmedAt: Date | null
  erasedAt: Date | null
  receipt: ColumnType<unknown, string | null | undefined, string | null>
}

type GalleryResultTable = {
  eventId: number
  id: string
  tokenHash: Buffer
  shareNonce: Buffer | null
  shareHash: Buffer | null
  createdAt: Generated<Date>
  expiresAt: Date
  matchedAt: Date | null
}

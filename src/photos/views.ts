import type { Photo, PhotoRow } from './queries.ts'
import type { StoredPhoto } from './store-photo.ts'

/** Where the previews of a photo are; the recipe in the query makes the URL change with the mark. */
export const previewUrl = (
  baseUrl: string,
  size: 'large' | 'small',
  { eventId, id, stampRecipe }: Pick<PhotoRow, 'eventId' | 'id' | 'stampRecipe'>,
) => `${baseUrl}/imgs/${eventId}/${size}/${id}.jpg${stampRecipe ? `?v=${stampRecipe}` : ''}`

export const imageView = (baseUrl: string) => (photo: PhotoRow) => ({
  image_id: photo.id,
  img_url: previewUrl(baseUrl, 'large', photo),
  thumbnail_url: previewUrl(baseUrl, 'small', photo),
  width: photo.width,
  height: photo.height,
  original_url: null,
  captured_at: photo.capturedAt?.toISOString() ?? null,
})

/** What was read and found in one photo. */
export type PhotoEvidence = {
  bibs: { bib: string; score: number; box: number[] }[]
  faces: { face_id: string; score: number; box: number[] }[]
}

export const managedPhotoView = (photo: Photo, evidence: PhotoEvidence | undefined) => ({
  image_id: photo.id,
  file_name: photo.fileName,
  captured_at: photo.capturedAt?.toISOString() ?? null,
  status: photo.status,
  error: photo.error,
  error_code: photo.errorCode,
  note: photo.note ?? clockNote(photo),
  camera: photo.camera,
  width: photo.width,
  height: photo.height,
  bytes: Number(photo.bytes),
  bibs: evidence?.bibs ?? [],
  faces: evidence?.faces ?? [],
})

/** Why a photo has no time though its camera wrote one. */
const clockNote = ({ status, wallTime, capturedAt }: Photo): string | null =>
  status === 'done' && wallTime !== null && capturedAt === null
    ? `The camera's clock said ${wallTime}, which cannot be, so the photo has no time. Correct the clock of this camera to give it one.`
    : null

export const uploadedPhotoView = (fileName: string, stored: StoredPhoto) => ({
  image_id: stored.status === 'rejected' ? null : stored.photoId,
  file_name: fileName,
  status: stored.status,
  error: stored.status === 'rejected' ? stored.error.message : null,
})

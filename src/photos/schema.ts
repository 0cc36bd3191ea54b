import { Type } from 'typebox'
import { Nullable } from '../http/envelope.ts'
import { Pagination } from '../http/paging.ts'

export const Image = Type.Object({
  image_id: Type.String(),
  img_url: Type.String({ description: 'Large watermarked preview.' }),
  thumbnail_url: Type.String({ description: 'Small watermarked preview.' }),
  width: Nullable(Type.Integer({ description: 'Of the original as displayed, in pixels.' })),
  height: Nullable(Type.Integer()),
  original_url: Nullable(Type.String()),
  captured_at: Nullable(Type.String({ description: 'UTC, ISO 8601.' })),
})

export const ImagePage = Type.Object({ images: Type.Array(Image), pagination: Pagination })

export const Box = Type.Array(Type.Number(), {
  description:
    '[x, y, width, height] in pixels of the displayed original; empty for a photographer’s keyword.',
})

export const Evidence = {
  bibs: Type.Array(Type.Object({ bib: Type.String(), score: Type.Number(), box: Box })),
  faces: Type.Array(Type.Object({ face_id: Type.String(), score: Type.Number(), box: Box })),
}

export const PhotoStatus = Type.Enum(['pending', 'done', 'failed'])

export const ManagedPhoto = Type.Object({
  image_id: Type.String(),
  file_name: Type.String(),
  captured_at: Nullable(Type.String()),
  status: PhotoStatus,
  error: Nullable(Type.String()),
  error_code: Nullable(Type.String()),
  note: Nullable(
    Type.String({ description: 'Something odd about a photo that is fine, such as its clock.' }),
  ),
  camera: Nullable(Type.String()),
  width: Nullable(Type.Integer()),
  height: Nullable(Type.Integer()),
  bytes: Type.Integer(),
  ...Evidence,
})

export const ManagedPhotoPage = Type.Object({
  photos: Type.Array(ManagedPhoto),
  pagination: Pagination,
})

export const UploadedPhoto = Type.Object({
  image_id: Nullable(Type.String()),
  file_name: Type.String(),
  status: Type.Enum(['stored', 'duplicate', 'rejected']),
  error: Nullable(Type.String()),
})

export const Progress = Type.Object({
  photos: Type.Object({ total: Type.Integer(), done: Type.Integer(), failed: Type.Integer() }),
  videos: Type.Object({ total: Type.Integer(), done: Type.Integer(), failed: Type.Integer() }),
  idle: Type.Boolean(),
})

import { imageView } from '../photos/index.ts'
import type { findCandidates } from './find-candidates.ts'

type PhotoWithCandidates = Awaited<ReturnType<typeof findCandidates>>[number]

export const candidatePhotoView = (photo: PhotoWithCandidates, baseUrl: string) => ({
  ...imageView(baseUrl)(photo),
  file_name: photo.fileName,
  candidates: photo.candidates.map(({ isShown, isDoubtful, ...candidate }) => ({
    ...candidate,
    shown: isShown,
    doubtful: isDoubtful,
  })),
})

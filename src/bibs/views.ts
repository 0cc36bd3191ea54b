import { imageView } from '../photos/index.ts'
import type { findCandidates } from './find-candidates.ts'
import type { StartListPreview } from './preview-start-list.ts'

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

/** Rows shown of a list: enough to see that the columns are understood. */
const FIRST_ROWS = 8

export const startListPreviewView = (preview: StartListPreview) => ({
  participants: preview.participants.length,
  rejected: preview.rejected,
  first: preview.participants
    .slice(0, FIRST_ROWS)
    .map(({ bib, name, category }) => ({ bib, name, category })),
  matched: preview.matched,
  gained_total: preview.gainedTotal,
  gained: preview.gained,
  lost_total: preview.lostTotal,
  lost: preview.lost,
})

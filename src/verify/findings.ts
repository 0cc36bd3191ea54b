export type Findings = {
  photos: number
  videos: number
  objects: number
  /** Rows whose original is not in the store: only a backup has it. */
  lostOriginals: number
  missingPreviews: number
  /** Photos that wait although no job will come for them. */
  forgottenPhotos: number
  /** Videos that are not indexed although no job will come for them. */
  forgottenVideos: number
  /** Clips that are called ready without their file or poster. */
  missingClips: number
  /** Clips that wait to be cut although no job will come for them. */
  forgottenClips: number
  /** Objects that belong to no row. */
  strayObjects: number
  /** Deleted events that no job erases. */
  unerasedEvents: number
}

export const nothingFound = (): Findings => ({
  photos: 0,
  videos: 0,
  objects: 0,
  lostOriginals: 0,
  missingPreviews: 0,
  forgottenPhotos: 0,
  forgottenVideos: 0,
  missingClips: 0,
  forgottenClips: 0,
  strayObjects: 0,
  unerasedEvents: 0,
})

export type Wish = {
  /** Mends what can be mended. */
  repair: boolean
  report: (problem: string) => void
}

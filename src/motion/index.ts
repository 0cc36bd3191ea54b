export { askMoment } from './ask-moment.ts'
export { sweepClipFolders } from './clip-folder.ts'
export { clipRoutes } from './clip-routes.ts'
export { clipUrlOf } from './clip-url.ts'
export { clipFilesOf, clipKey } from './cut-clip.ts'
export { deleteVideo, type EnqueueVideoErase, forgetPerson } from './delete-video.ts'
export {
  deleteVideoFacesBefore,
  expireVideoSearches,
  forgetSomeThreads,
  reindexVideos,
} from './expire-videos.ts'
export { videoSearchRoutes } from './ext-routes.ts'
export { findVideoSearchState, type VideoSearchState } from './find-video-search.ts'
export {
  eraseClipsOfThreads,
  type ForgottenThreads,
  findThreadsOfPerson,
  findThreadsWithBib,
  forgetThreads,
} from './forget-threads.ts'
export { forgetVideoSearches } from './forget-video-searches.ts'
export {
  cutClipJob,
  eraseVideoJob,
  indexSegmentJob,
  probeVideoJob,
  reindexLooksJob,
} from './jobs.ts'
export { manageVideoRoutes } from './manage-routes.ts'
export { noteSelfie } from './match-selfie.ts'
export { retryVideoRoutes } from './retry-routes.ts'
export {
  type KeptSelfie,
  searchVideosByBib,
  searchVideosByKeptSelfies,
  searchVideosBySelfie,
  searchVideosByTime,
  type VideoSearchDeps,
} from './search-videos.ts'
export { type StoreVideoDeps, storeVideo, videoKey } from './store-video.ts'
export { countVideos, findKnownVideoHashes, findVideos, isVideoInEvent } from './video-queries.ts'
export { previewUrlOf, videoSearchView } from './views.ts'

export { fromBytes, toBytes } from './embedding-bytes.ts'
export { FACE_MODEL, type FaceModel, faceModelOf } from './engine/face-model.ts'
export type { FaceLook, FoundFace, KnownFace, ScoredBox } from './engine/open-face-engine.ts'
export { invalidRequestId, selfieMissing, selfieWithoutFace } from './errors.ts'
export { type EventFaces, openEventFaces } from './event-faces.ts'
export { deleteFacesOfEvent, FORGET_FACES } from './expire-faces.ts'
export { faceRoutes } from './ext-routes.ts'
export { eraseFaceFiles, eraseOutdatedFaceFiles, isFaceFile } from './face-files.ts'
export { findFacesOfPerson, forgetFaces } from './forget-person.ts'
export { deleteFaceSearches } from './forget-queries.ts'
export { isHiddenSelfie } from './hidden-faces.ts'
export { hideWearers } from './hide-wearers.ts'
export {
  type FaceDescriber,
  type FaceFinder,
  type FaceLocator,
  indexFaces,
  type KnownFaceDescriber,
} from './index-faces.ts'
export { REINDEX_SHARES, reindexFacesJob } from './jobs.ts'
export { MANIFEST } from './manifest.ts'
export { type MatchDeps, matchFaces } from './match-faces.ts'
export {
  type FaceModelsOfEvent,
  findFaceModels,
  findSwitchingEvents,
  findWantedModel,
  isUnseenInShare,
  lockFaceModels,
} from './model-queries.ts'
export { describeModels, type ModelState } from './packs/describe-models.ts'
export { installModel } from './packs/install-model.ts'
export { checkModelFiles } from './packs/model-files.ts'
export { recommendModel } from './packs/recommend-model.ts'
export { useModel } from './packs/use-model.ts'
export { deleteOldRemovals, findFacesOfPhotos } from './queries.ts'
export { ReindexShare, reindexShare } from './reindex-share.ts'
export {
  findStoredSearch,
  type ReadSelfie,
  readSelfies,
  type SelfieReader,
  showsHidden,
} from './search-by-selfie.ts'
export { findWearer } from './wearers.ts'

export { backUp, listBackups, startProgress } from './back-up.ts'
export { MANIFEST, type Manifest, readManifest } from './manifest.ts'
export { mirrorTree, syncFolder } from './mirror-tree.ts'
export { assertRestorable, checkOriginals, restoreJobs, restoreRows } from './restore.ts'

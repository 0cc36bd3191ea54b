import type { Manifest } from '../manifest.ts'
import { downloadsOf, filesOf, isInstalled } from './model-files.ts'

export type ModelState = {
  name: string
  id: string
  summary: string
  isInstalled: boolean
  /** What it downloads; 0 for the built-in one. */
  bytes: number
  licences: string[]
}

/** Every face model with what of it is on this machine, the recommended one last. */
export async function describeModels(manifest: Manifest, modelsDir: string): Promise<ModelState[]> {
  const models = Object.entries(manifest.faces.models).map(async ([name, { id, summary }]) => {
    const downloads = downloadsOf(manifest, name)
    const licences = filesOf(manifest, name).map((file) => licenceOf(manifest, file))
    return {
      name,
      id,
      summary,
      isInstalled: await isInstalled(manifest, name, modelsDir),
      bytes: downloads.reduce((sum, { bytes }) => sum + bytes, 0),
      licences: [...new Set(licences)].sort(),
    }
  })
  return Promise.all(models)
}

/** The SPDX id; what follows it in the manifest says whose. */
const licenceOf = ({ faces }: Manifest, file: string): string =>
  (faces.downloads[file]?.licence ?? faces.files[file]?.licence ?? '').split(' ')[0]!

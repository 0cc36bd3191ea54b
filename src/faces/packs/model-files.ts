import { join } from 'node:path'
import type { Download, Manifest } from '../manifest.ts'
import { sha256Of, sizeOf } from './file-facts.ts'

/**
 * The networks of a face model, converted and downloaded.
 *
 * @throws Error for an unknown name
 */
export function filesOf({ faces }: Manifest, name: string): string[] {
  const model = Object.hasOwn(faces.models, name) ? faces.models[name] : undefined
  if (!model)
    throw new Error(
      `There is no face model "${name}". There are: ${Object.keys(faces.models).join(', ')}.`,
    )
  return [
    ...(faces.detectors[model.detector]?.files ?? []),
    ...model.embedders.flatMap((embedder) => faces.embedders[embedder.name]?.file ?? []),
  ]
}

/** What must be downloaded for a face model: nothing for the built-in one. @throws Error for an unknown name */
export const downloadsOf = (manifest: Manifest, name: string): (Download & { file: string })[] =>
  filesOf(manifest, name).flatMap((file) => {
    const download = manifest.faces.downloads[file]
    return download ? { ...download, file } : []
  })

/** True when all files of a model are there; looks at their sizes alone. */
export async function isInstalled(
  manifest: Manifest,
  name: string,
  modelsDir: string,
): Promise<boolean> {
  const sizes = downloadsOf(manifest, name).map(async ({ file, bytes }) => {
    return (await sizeOf(join(modelsDir, file))) === bytes
  })
  return (await Promise.all(sizes)).every((isThere) => isThere)
}

/** @throws Error that says what to do when a file of a model is missing or damaged */
export async function checkModelFiles(
  manifest: Manifest,
  name: string,
  modelsDir: string,
): Promise<void> {
  for (const { file, ...wanted } of downloadsOf(manifest, name))
    if (!(await isWhole(join(modelsDir, file), wanted)))
      throw new Error(
        `${name} is not installed: ${file} is missing or damaged in ${modelsDir}. Run: trackside models install ${name}`,
      )
}

/** True when the file is there with the bytes that the manifest names. */
export const isWhole = async (
  path: string,
  { bytes, sha256 }: Pick<Download, 'bytes' | 'sha256'>,
): Promise<boolean> => (await sizeOf(path)) === bytes && (await sha256Of(path)) === sha256

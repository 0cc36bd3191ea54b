import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Manifest } from '../manifest.ts'
import { downloadFile, type OnProgress } from './download-file.ts'
import { downloadsOf, isWhole } from './model-files.ts'

type Options = {
  modelsDir: string
  /** Where the files are fetched from instead of their official addresses: a folder of a web server, ends in a slash. */
  mirror?: URL | undefined
  /** Licences that the user accepts by name although they forbid commercial use. */
  acceptedLicences: readonly string[]
  onProgress: (file: string, progress: Parameters<OnProgress>[0]) => void
  signal: AbortSignal
}

/**
 * Downloads what a face model needs and this installation lacks; gives the names of the files that were fetched.
 *
 * @throws Error for an unknown name, a licence that is not accepted, a download that fails
 */
export async function installModel(
  manifest: Manifest,
  name: string,
  { modelsDir, mirror, acceptedLicences, onProgress, signal }: Options,
): Promise<string[]> {
  const files = downloadsOf(manifest, name)
  for (const { file, licence, commercialUse, origin } of files) {
    if (commercialUse || acceptedLicences.includes(licence)) continue
    throw new Error(
      `${file} (${origin}) may not be used commercially: its licence is ${licence}. If that suits you, add --accept-licence ${licence}`,
    )
  }
  await mkdir(modelsDir, { recursive: true })
  const fetched: string[] = []
  for (const { file, url, ...wanted } of files) {
    const path = join(modelsDir, file)
    if (await isWhole(path, wanted)) continue
    const from = mirror ? new URL(file, mirror).href : url
    await downloadFile({ ...wanted, url: from }, path, {
      onProgress: (progress) => onProgress(file, progress),
      signal,
    })
    fetched.push(file)
  }
  return fetched
}

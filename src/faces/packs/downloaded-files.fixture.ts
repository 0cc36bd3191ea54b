import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { MANIFEST } from '../manifest.ts'
import { serveFiles } from './file-server.fixture.ts'
import { installModel } from './install-model.ts'

/** Where a developer may have put the files; the product downloads them. */
const FILES = fileURLToPath(new URL('../../../../shared/models/', import.meta.url))
const names = Object.keys(MANIFEST.faces.downloads)

export const hasDownloadedFiles = names.every((name) => existsSync(path.join(FILES, name)))
if (!hasDownloadedFiles)
  console.warn(`Skipped: downloaded face models, as ${names.join(', ')} are not here`)

/** Installs models by their names from a server of this machine. */
export async function installDownloaded(
  modelsDir: string,
  models: readonly string[],
): Promise<void> {
  const files = await Promise.all(
    names.map(async (name) => [name, await readFile(path.join(FILES, name))] as const),
  )
  const server = await serveFiles({ files: Object.fromEntries(files) })
  try {
    for (const model of models)
      await installModel(MANIFEST, model, {
        modelsDir,
        mirror: server.url,
        acceptedLicences: [],
        onProgress: () => {},
        signal: AbortSignal.timeout(60_000),
      })
  } finally {
    server.close()
  }
}

// Builds the pages of web/ into web/dist, with a compressed copy beside each file. Runs after `npm ci`; where the tools are
// not installed (production installs), it leaves what is there.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const web = fileURLToPath(new URL('../web/', import.meta.url))
const vite = await import('vite').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  console.log(
    'Pages are not built: the tools for it are not installed (npm ci without --omit=dev has them).',
  )
})
if (vite) {
  await vite.build({ configFile: join(web, 'vite.config.ts'), logLevel: 'warn' })
  for (const name of globSync('**/*.{js,css,svg,html}', { cwd: join(web, 'dist') })) {
    const file = join(web, 'dist', name)
    const bytes = readFileSync(file)
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
    writeFileSync(
      `${file}.br`,
      brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
    )
  }
}

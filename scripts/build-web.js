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
  await putFirstScript(vite)
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

/** What draws the first photos stands in the page itself: a file of its own would take a slow phone one more way to the server. */
async function putFirstScript(vite) {
  const [built] = await vite.build({
    configFile: false,
    root: web,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2022',
      lib: {
        entry: join(web, 'src/gallery/first/draw-first.ts'),
        formats: ['iife'],
        name: 'first',
      },
    },
  })
  const code = built.output[0].code.trim()
  if (code.includes('</script')) throw new Error('the first script would end itself')
  const page = join(web, 'dist/gallery.html')
  const html = readFileSync(page, 'utf8')
  if (!html.includes('<!-- first -->'))
    throw new Error('gallery.html has no place for the first script')
  writeFileSync(
    page,
    html.replace('<!-- first -->', () => `<script>${code}</script>`),
  )
}

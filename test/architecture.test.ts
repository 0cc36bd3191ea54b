import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

/** Who may import whom: a folder imports only folders before it. */
const ORDER = [
  'lib',
  'db',
  'storage',
  'media',
  'inference',
  'jobs',
  'http',
  'orgs',
  'events',
  'hiding',
  'photos',
  'stamp',
  'bibs',
  'faces',
  'motion',
  'timeline',
  'downloads',
  'verify',
  'backup',
  'console',
  'gallery',
  'forgetting',
  'demo',
]
const PLATFORM = new Set(ORDER.slice(0, ORDER.indexOf('orgs')))
/** Tables may be as long as what they list. */
const TABLES = new Set(['src/demo/runners.ts'])
/** Files of src/ itself and the command line stand above all folders. */
const TOP = 'top'

type Import = { file: string; from: string; to: string; isTypeOnly: boolean; target: string }

const root = join(import.meta.dirname, '..')
const files = globSync('src/**/*.ts', { cwd: root }).map((file) => file.replaceAll('\\', '/'))
const text = (file: string) => readFileSync(join(root, file), 'utf8')
const isTest = (file: string) =>
  /\.test\.ts$|\.contract\.ts$|\.fixture\.ts$|\/test-[a-z-]+\.ts$/.test(file)
const program = files.filter((file) => !isTest(file))

const folderOf = (file: string) => {
  const [, folder, ...rest] = file.split('/')
  return rest.length === 0 || folder === 'cli' ? TOP : (folder ?? TOP)
}
const rank = (folder: string) => (folder === TOP ? ORDER.length : ORDER.indexOf(folder))

const IMPORT = /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'(\.[^']+)'/gm
const imports: Import[] = program.flatMap((file) =>
  [...text(file).matchAll(IMPORT)].map(([, type, path = '']) => {
    const target = relative(root, join(root, dirname(file), path)).replaceAll('\\', '/')
    return {
      file,
      target,
      from: folderOf(file),
      to: folderOf(target),
      isTypeOnly: type !== undefined,
    }
  }),
)
const told = ({ file, target }: Import) => `${file} -> ${target}`

test('the rules see the program', () => {
  expect(imports.length).toBeGreaterThan(200)
  expect(program.map(folderOf).filter((folder) => rank(folder) < 0)).toEqual([])
})

test('a folder imports only folders before it', () => {
  const isConfigType = ({ target, isTypeOnly }: Import) => target === 'src/config.ts' && isTypeOnly
  const wrong = imports.filter((link) => rank(link.to) > rank(link.from) && !isConfigType(link))
  expect(wrong.map(told)).toEqual([])
})

test('a domain meets another domain at its index.ts', () => {
  // The engines are second doors, opened by the program's own files only: they bring onnxruntime with them.
  const isEngineDoor = ({ from, target }: Import) =>
    from === TOP && /^src\/(bibs|faces)\/(engine|weights)\//.test(target)
  const isDemo = ({ from, to }: Import) => from === TOP && to === 'demo'
  const wrong = imports.filter(
    (link) =>
      link.from !== link.to &&
      link.to !== TOP &&
      !PLATFORM.has(link.to) &&
      !link.target.endsWith('/index.ts') &&
      !isEngineDoor(link) &&
      !isDemo(link),
  )
  expect(wrong.map(told)).toEqual([])
})

test('an index names what it exports', () => {
  const wrong = program.filter((file) => file.endsWith('/index.ts') && /export \*/.test(text(file)))
  expect(wrong).toEqual([])
})

test('doors see no SQL, and domain functions see no request, reply or job', () => {
  const isDoor = (file: string) => /(-routes|\/jobs|require-[a-z]+)\.ts$/.test(file)
  const doors = program.filter((file) => isDoor(file) && /from 'kysely'|from 'pg'/.test(text(file)))
  expect(doors).toEqual([])
  const domains = program.filter(
    (file) => !PLATFORM.has(folderOf(file)) && folderOf(file) !== TOP && !isDoor(file),
  )
  expect(
    domains.filter((file) => /from '(fastify|@fastify\/[^']+|pg-boss)'/.test(text(file))),
  ).toEqual([])
})

test('SQL stands in queries.ts and db/, the environment in config.ts, the queue in jobs/, connections in the context', () => {
  const allowed = (pattern: RegExp, where: RegExp) =>
    program.filter((file) => pattern.test(text(file)) && !where.test(file))
  expect(
    allowed(/\bsql`|\.(selectFrom|insertInto|updateTable|deleteFrom)\(/, /queries\.ts$|^src\/db\//),
  ).toEqual([])
  expect(allowed(/process\.env/, /^src\/config\.ts$/)).toEqual([])
  expect(allowed(/from 'pg-boss'/, /^src\/jobs\//)).toEqual([])
  expect(
    allowed(
      /\bopenDb\(|\bcreateDiskStore\(|\bcreateS3Store\(|\bopenQueue\(/,
      /^src\/(context|db\/connect|storage\/disk-store|storage\/s3\/s3-store|jobs\/queue)\.ts$/,
    ),
  ).toEqual([])
})

test('a file beside the program is found in a folder of any name', () => {
  // The pathname of a URL is encoded: a blank is %20.
  const wrong = program.filter((file) =>
    /import\.meta\.url[^\n]*\.pathname|folder\.pathname|\)\.pathname/.test(text(file)),
  )
  expect(wrong).toEqual([])
})

test('files stay small enough to be one thing', () => {
  const long = program
    .map((file) => [file, text(file).split('\n').length] as const)
    .filter(([file, lines]) => lines > 400 && !TABLES.has(file))
  expect(long).toEqual([])
})

test('the black-box tests import nothing of the program', () => {
  const wrong = globSync('test/e2e/**/*.ts', { cwd: root }).filter((file) =>
    /^(import|export)\s[^'"\n]*from '[^']*\/src\//m.test(text(file)),
  )
  expect(wrong).toEqual([])
})

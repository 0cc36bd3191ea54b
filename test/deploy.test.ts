import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { workerEnvironment } from '../src/config.ts'

// What is checked without Docker: that the files are whole and speak of what there is. docs/operating.md says what was run.
const execute = promisify(execFile)
const ROOT = join(import.meta.dirname, '..')
const UNITS = join(ROOT, 'deploy/systemd')
const read = (file: string) => readFile(join(ROOT, file), 'utf8')
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

type Service = {
  command?: string[]
  image: string
  environment?: Record<string, string>
  volumes?: string[]
  healthcheck?: { disable?: boolean; test?: string[] }
  depends_on?: Record<string, { condition: string }>
}
type Compose = { services: Record<string, Service>; volumes: object; configs: object }

let known: Set<string>
let commands: Set<string>
let compose: Compose
let dockerfile: string

beforeAll(async () => {
  const names = /\b(?:TRACKSIDE_[A-Z0-9_]+|DATABASE_[A-Z_]+|HOST|PORT)\b/g
  known = new Set([...(await read('src/config.ts')).matchAll(names)].map(([name]) => name))
  const program = await read('src/cli/program.ts')
  commands = new Set([...program.matchAll(/'\.\/([a-z]+)\.ts'/g)].map(([, name]) => name ?? ''))
  compose = parse(await read('compose.yaml'), { merge: true })
  dockerfile = await read('Dockerfile')
})

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'trackside-units-'))
})
afterAll(() => rm(scratch, { recursive: true }))

test('every setting in the image, the composition and the units is one that the program reads', async () => {
  const units = await Promise.all(
    (await readdir(UNITS)).map((name) => read(`deploy/systemd/${name}`)),
  )
  const settings = [
    ...(/^ENV (TRACKSIDE.*)$/m.exec(dockerfile)?.[1] ?? '').split(' '),
    ...units.flatMap((unit) => (/^Environment=(.*)$/m.exec(unit)?.[1] ?? '').split(' ')),
    ...Object.keys(compose.services.serve?.environment ?? {}),
  ].map((setting) => setting.split('=')[0] ?? '')
  expect(settings.length).toBeGreaterThan(15)
  expect(settings.filter((name) => !known.has(name) && name !== 'MALLOC_ARENA_MAX')).toEqual([])
})

test('what the image and the unit of `up` say of memory is what its workers want: they take it over', async () => {
  for (const text of [dockerfile, await read('deploy/systemd/trackside.service')]) {
    const [, ...said] =
      /^(?:ENV |Environment=)(.*MALLOC_.*)$/m.exec(text)?.[1]?.split(/ (?=MALLOC_)/) ?? []
    expect(said.length).toBeGreaterThan(0)
    expect(workerEnvironment(Object.fromEntries(said.map((each) => each.split('='))))).toEqual(
      workerEnvironment({}),
    )
  }
})

test('the composition has servers and workers that wait for database and store, of images with a version', () => {
  const { serve, work, db, s3 } = compose.services
  expect([serve?.command, work?.command]).toEqual([['serve'], ['work']])
  expect(['serve', 'work'].filter((name) => !commands.has(name))).toEqual([])
  for (const process of [serve, work]) {
    expect(process?.environment).toMatchObject({ TRACKSIDE_S3_BUCKET: 'photos' })
    expect(process?.depends_on).toEqual({
      db: { condition: 'service_healthy' },
      s3: { condition: 'service_healthy' },
    })
  }
  for (const other of [db, s3]) {
    expect(other?.image).toMatch(/:\d+/)
    expect(other?.healthcheck?.test?.[0]).toBe('CMD')
  }
  // Workers listen nowhere, so the image's check would call them ill.
  expect(work?.healthcheck).toEqual({ disable: true })
  const named = Object.values(compose.services).flatMap(({ volumes = [] }) =>
    volumes.map((volume) => volume.split(':')[0]),
  )
  expect(new Set(named)).toEqual(new Set(Object.keys(compose.volumes)))
})

test('no secret stands in the composition: each must be given', async () => {
  const text = await read('compose.yaml')
  const secrets = [
    ...text.matchAll(/(?:PASSWORD|SECRET_ACCESS_KEY|accessKey|secretKey)"?: "?(\S+)/g),
  ]
  expect(secrets.length).toBeGreaterThan(3)
  expect(secrets.filter(([, value]) => !/^\$\{[A-Z0-9_]+:\?\}/.test(value ?? ''))).toEqual([])
})

test('the image runs as nobody special, in stages that exist, on the Node that the program needs', async () => {
  const stages = [...dockerfile.matchAll(/^FROM (\S+)(?: AS (\w+))?$/gm)]
  const needed = (await read('bin/trackside.js')).match(/split\('\.'\)\[0\]\) >= (\d+)/)?.[1]
  expect(needed).toBeTruthy()
  for (const [, image] of stages) expect(image).toBe(`node:${needed}-bookworm-slim`)
  const names = stages.map(([, , name]) => name)
  const used = [...dockerfile.matchAll(/--from=(\w+)/g)].map(([, name]) => name)
  expect(used.filter((name) => !names.includes(name))).toEqual([])
  const copied = [...dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, files]) =>
    files?.split(' '),
  )
  expect(copied.filter((file) => !existsSync(join(ROOT, file ?? '')))).toEqual([])
  const last = dockerfile.slice(stages.at(-1)?.index)
  expect(last).toMatch(/^USER node$/m)
  expect(last.indexOf('USER node')).toBeLessThan(last.indexOf('ENTRYPOINT'))
  expect(last).toMatch(/^HEALTHCHECK /m)
})

test('what a package does not need stays out of the image', async () => {
  const ignored = (await read('.dockerignore')).trim().split('\n')
  expect(ignored).toEqual(expect.arrayContaining(['node_modules/', 'data/', '.git/']))
  const { files } = JSON.parse(await read('package.json')) as { files: string[] }
  const sources = files.filter((file) => !['dist', 'web/dist'].includes(file))
  expect(ignored.filter((line) => sources.includes(line.replace(/\/$/, '')))).toEqual([])
})

test.skipIf(!hasSystemd)('systemd takes the units, and finds them well shut', async () => {
  for (const name of await readdir(UNITS)) {
    const unit = await read(`deploy/systemd/${name}`)
    expect([...commands]).toContain(/^ExecStart=\S+ (\w+)$/m.exec(unit)?.[1])
    // The program need not be installed here.
    const file = join(scratch, name.replace('@.', '@1.'))
    await writeFile(file, unit.replace('/usr/local/bin/trackside', '/bin/true'))
    const { stderr } = await execute('systemd-analyze', ['verify', '--man=no', file])
    expect(stderr).toBe('')
    const { stdout } = await execute('systemd-analyze', [
      'security',
      '--offline=true',
      '--threshold=30',
      file,
    ])
    expect(Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThan(3)
  }
})

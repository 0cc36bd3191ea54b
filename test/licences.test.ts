import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** Licences that let anybody use, change and sell what is made with them. */
const FREE = new Set([
  'MIT',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'OFL-1.1', // fonts
])
/** Ask only that changes of their own files be given away; none of these is changed here. */
const LIBRARIES = new Map([
  ['LGPL-3.0-or-later', /^@img\/sharp-/], // libvips, which is loaded and can be replaced
  ['MPL-2.0', /^(axe-core|lightningcss(-.+)?)$/], // of tests and of building the pages
])
/** What the package's own readme says where its package.json says nothing. */
const SAID_ELSEWHERE = new Map([['combine-errors@3.0.3', 'MIT']])

const root = join(import.meta.dirname, '..')
type Locked = { version: string; license?: string; dev?: boolean }
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>
}
const locked = Object.entries(packages)
  .filter(([path]) => path !== '')
  .map(([path, { version, license, dev }]) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const licence = license ?? SAID_ELSEWHERE.get(`${name}@${version}`) ?? 'none'
    return { name, version, licence, isShipped: !dev }
  })

/** SPDX: of alternatives one must do, of parts each. */
function isAllowed(name: string, licence: string): boolean {
  const allows = (one: string) => FREE.has(one) || LIBRARIES.get(one)?.test(name) === true
  return licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((part) => allows(part.trim())))
}

test('every package, of every platform, may be used commercially', () => {
  expect(locked.length).toBeGreaterThan(300)
  const wrong = locked.filter(({ name, licence }) => !isAllowed(name, licence))
  expect(wrong.map(({ name, version, licence }) => `${name}@${version}: ${licence}`)).toEqual([])
})

test('nothing is asked of who ships the program but what libvips asks', () => {
  const shipped = locked.filter(({ isShipped }) => isShipped)
  const asking = shipped.filter(
    ({ licence }) =>
      !licence.split(/ OR | AND /).every((part) => FREE.has(part.replace(/[()]/g, ''))),
  )
  expect(asking.filter(({ name }) => !name.startsWith('@img/sharp-'))).toEqual([])
})

test('the bill of materials names every package that is shipped here, with version and licence', () => {
  const args = ['run', '--silent', 'sbom']
  const bill = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' })) as {
    bomFormat: string
    components: { name: string; version: string; purl: string; licenses?: object[] }[]
  }
  expect(bill.bomFormat).toBe('CycloneDX')
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const named = new Map(bill.components.map((component) => [component.name, component]))
  for (const name of Object.keys(dependencies)) {
    const component = named.get(name)
    expect([name, component?.version]).toEqual([name, packages[`node_modules/${name}`]?.version])
    expect([name, component?.licenses?.length ?? 0]).not.toEqual([name, 0])
  }
  expect(named.has('vitest')).toBe(false)
})

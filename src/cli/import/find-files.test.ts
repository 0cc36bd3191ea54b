import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeOthers, findFiles } from './find-files.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'find-photos-'))
  const files = [
    'IMG_10.JPG',
    'IMG_2.jpg',
    'day 2/a.HEIC',
    'day 2/b.tif',
    'day 2/finish.MOV',
    'notes.txt',
    'IMG_2.xmp',
    'no-extension',
    '.hidden/a.jpg',
    '._IMG_2.jpg',
    '__MACOSX/a.jpg',
    '@eaDir/IMG_2.jpg/SYNOPHOTO_THUMB_M.jpg',
    'Thumbs.db',
  ]
  for (const file of files) await write(file)
  await mkdir(path.join(folder, 'empty'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('photos and videos of all folders below are found in order of name, litter of file managers is not', async () => {
  const { files, unreadable } = await findFiles([folder])
  expect(files.map(shortName)).toEqual([
    'day 2/a.HEIC',
    'day 2/b.tif',
    'day 2/finish.MOV',
    'IMG_2.jpg',
    'IMG_10.JPG',
  ])
  expect(files[0]).toMatchObject({ kind: 'photo', bytes: 1, modifiedMs: expect.any(Number) })
  expect(files[2]).toMatchObject({ kind: 'video' })
  expect(unreadable).toEqual([])
})

test('other files are counted by kind', async () => {
  const found = await findFiles([folder])
  expect(describeOthers(found)).toBe('3 other files left out (1 xmp, 1 without extension, 1 txt)')
  expect(describeOthers({ others: new Map() })).toBeUndefined()
})

test('single files are taken in the order they are named', async () => {
  const files = ['IMG_2.jpg', 'IMG_10.JPG'].map((name) => path.join(folder, name))
  expect((await findFiles(files)).files.map(shortName)).toEqual(['IMG_2.jpg', 'IMG_10.JPG'])
})

test('a folder to skip is not looked into, also when it is named by a link', async () => {
  await symlink(path.join(folder, 'day 2'), path.join(folder, '.link'))
  const { files } = await findFiles([folder], { skip: [path.join(folder, '.link')] })
  expect(files.map(shortName)).toEqual(['IMG_2.jpg', 'IMG_10.JPG'])
})

test('links that go round end, and links to nowhere are listed without stopping the rest', async () => {
  const linked = await mkdtemp(path.join(tmpdir(), 'find-links-'))
  try {
    await write('a.jpg', linked)
    await symlink(linked, path.join(linked, 'round'))
    await symlink('/nowhere/b.jpg', path.join(linked, 'b.jpg'))
    const { files, unreadable } = await findFiles([linked])
    expect(files).toHaveLength(1)
    expect(unreadable).toEqual([{ path: path.join(linked, 'b.jpg'), reason: 'it does not exist' }])
  } finally {
    await rm(linked, { recursive: true })
  }
})

test('a search that is stopped ends with an error', async () => {
  const stopped = AbortSignal.abort(new Error('stopped'))
  await expect(findFiles([folder], { signal: stopped })).rejects.toThrow('stopped')
})

test('a path that was named and does not exist is an error that says which', async () => {
  await expect(findFiles([`${folder}/typo`])).rejects.toThrow('typo cannot be read: it does not')
})

async function write(name: string, into = folder) {
  await mkdir(path.dirname(path.join(into, name)), { recursive: true })
  await writeFile(path.join(into, name), 'x')
}

const shortName = (file: { path: string }) => path.relative(folder, file.path)

import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { createDiskStore } from './disk-store.ts'
import { describeObjectStore } from './object-store.contract.ts'
import { verifyUrl } from './signed-url.ts'

const secret = 'a secret of this test'
const folders: string[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

describeObjectStore('the disk', async () => (await newStore()).store)

test('objects are readable by their owner alone', async () => {
  const { store, directory } = await newStore()
  await store.put('e/1/a', Buffer.from('a'))
  expect((await stat(path.join(directory, 'e/1/a'))).mode & 0o777).toBe(0o600)
  expect((await stat(path.join(directory, 'e'))).mode & 0o777).toBe(0o700)
})

test('folders that became empty are removed, others are not', async () => {
  const { store, directory } = await newStore()
  for (const key of ['e/1/x/a', 'e/1/y/b', 'e/2/c']) await store.put(key, Buffer.from(key))
  await store.remove('e/1/x/a')
  expect(await readdir(path.join(directory, 'e/1'))).toEqual(['y'])
  await store.removeFolder('e/1')
  expect(await readdir(path.join(directory, 'e'))).toEqual(['2'])
  await store.removeFolder('e/2')
  expect(await readdir(directory)).toEqual(['.temporary'])
})

test('putting and removing in one folder at once never fails', async () => {
  const { store } = await newStore()
  const rounds = Array.from({ length: 6 }, async (_, photographer) => {
    for (let round = 0; round < 25; round++) {
      const key = `e/1/${photographer}`
      await store.put(key, Buffer.from(key))
      await store.remove(key)
    }
  })
  await Promise.all(rounds)
  expect(await Array.fromAsync(store.list('e'))).toEqual([])
})

test('symbolic links are not followed: reading, writing, listing, removing', async () => {
  const { store, directory, outside } = await newStore()
  await writeFile(path.join(outside, 'private'), 'private')
  await store.put('e/a', Buffer.from('a'))
  await symlink(outside, path.join(directory, 'e/link'))
  await symlink(path.join(outside, 'private'), path.join(directory, 'e/file'))

  expect(await store.read('e/file')).toBeUndefined()
  expect(await store.find('e/file')).toBeUndefined()
  for (const work of [
    () => store.read('e/link/private'),
    () => store.find('e/link/private'),
    () => store.put('e/link/new', Buffer.from('x')),
    () => store.remove('e/link/private'),
    () => store.removeFolder('e/link/private'),
    () => Array.fromAsync(store.list('e/link')),
  ]) {
    await expect(work()).rejects.toThrow('symbolic link')
  }
  expect(await Array.fromAsync(store.list('e'))).toEqual(['e/a'])
  await store.put('e/file', Buffer.from('ours'))
  await store.removeFolder('e')
  expect(await readdir(outside)).toEqual(['private'])
  expect(await readFile(path.join(outside, 'private'), 'utf8')).toBe('private')
})

test('failed puts leave no temporary file; those of killed processes are swept when old', async () => {
  const { store, directory } = await newStore()
  const broken = new Readable({ read: (): void => void broken.destroy(new Error('gone')) })
  await expect(store.put('a', broken)).rejects.toThrow('gone')
  const temporary = path.join(directory, '.temporary')
  expect(await readdir(temporary)).toEqual([])

  await writeFile(path.join(temporary, 'old'), 'x')
  await writeFile(path.join(temporary, 'new'), 'x')
  const hourAgo = new Date(Date.now() - 3_600_000)
  await utimes(path.join(temporary, 'old'), hourAgo, hourAgo)
  expect(await store.sweepTemporary(1_800_000)).toBe(1)
  expect(await readdir(temporary)).toEqual(['new'])
})

test('sweeping a store that was never written is no error', async () => {
  expect(await (await newStore()).store.sweepTemporary(0)).toBe(0)
})

test('what the disk refuses is said in words, with the cause', async () => {
  const { store, directory } = await newStore()
  await store.put('a', Buffer.from('a'))
  await expect(store.put('a/b/c', Buffer.from('b'))).rejects.toMatchObject({
    message: `Object a/b/c in ${directory}: a part of the key is an object, not a folder (ENOTDIR)`,
    cause: { code: 'ENOTDIR' },
  })
  await expect(store.put('a/b', Buffer.from('b'))).rejects.toThrow('an object, not a folder')
  await mkdir(path.join(directory, 'folder/inner'), { recursive: true })
  await expect(store.put('folder', Buffer.from('b'))).rejects.toThrow('the key is a folder')
  expect(await readdir(path.join(directory, '.temporary'))).toEqual([])
})

test('a presigned URL is the path of the object and verifies', async () => {
  const { store } = await newStore()
  const url = store.presign('e/1/a.jpg', { ttlSeconds: 600, fileName: 'Läufer 7 & 8.jpg' })
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  expect(pathname).toBe('/objects/e/1/a.jpg')
  expect(searchParams.get('filename')).toBe('Läufer 7 & 8.jpg')
  const query = Object.fromEntries(searchParams)
  expect(verifyUrl({ path: pathname, query, now: new Date(), secret })).toBe('ok')
})

async function newStore() {
  const folder = await mkdtemp(path.join(tmpdir(), 'store-'))
  folders.push(folder)
  const outside = path.join(folder, 'outside')
  await mkdir(outside)
  const directory = path.join(folder, 'objects')
  return { store: createDiskStore({ directory, signingSecret: secret }), directory, outside }
}

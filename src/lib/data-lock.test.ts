import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { DataFolderInUse, lockDataFolder } from './data-lock.ts'

const folders: string[] = []
const children: ChildProcess[] = []

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

test('a folder that is in use is refused, with who uses it, until it is released', async () => {
  const folder = await newFolder()
  const lock = await lockDataFolder(folder, 'trackside up')
  const refused = await lockDataFolder(folder, 'trackside up').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(DataFolderInUse)
  expect(String(refused)).toMatch(
    `The data folder ${folder} is in use by process ${process.pid} (trackside up), started 20`,
  )
  expect(String(refused)).toMatch('stop it first or choose another folder with TRACKSIDE_DATA')

  await lock.release()
  const next = await lockDataFolder(folder, 'trackside up')
  await lock.release() // a second time: not the next one's
  await expect(lockDataFolder(folder, 'trackside up')).rejects.toThrow(DataFolderInUse)
  await next.release()
  expect(await readdir(folder)).toEqual([])
})

test('the lock of another process holds while it lives and falls when it is killed', async () => {
  const folder = await newFolder()
  const { child, answer } = await lockElsewhere(folder)
  expect(answer).toBe('taken')
  await expect(lockDataFolder(folder, 'trackside up')).rejects.toThrow(`process ${child.pid} `)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await lockDataFolder(folder, 'trackside up')
  await lock.release()
  expect(await readdir(folder)).toEqual([])
})

test('a pid that was given to another process does not hold the lock', async () => {
  const folder = await newFolder()
  await lockDataFolder(folder, 'trackside up')
  const file = path.join(folder, 'trackside.lock')
  const holder = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ ...holder, start: `${holder.start}1` }))
  await (await lockDataFolder(folder, 'trackside up')).release()
})

test('of many that take over a dead lock at once, exactly one gets it', async () => {
  const folder = await newFolder()
  const file = path.join(folder, 'trackside.lock')
  const dead = { pid: 2 ** 22 + 1, start: 'gone', startedAt: 'then', what: 'trackside up' }
  for (let round = 0; round < 10; round++) {
    await writeFile(file, JSON.stringify({ ...dead, nonce: `dead${round}` }))
    // The one who would have taken over was killed too, half-way.
    const claim = JSON.stringify({ ...dead, nonce: `claim${round}` })
    if (round % 2) await writeFile(`${file}.after-dead${round}`, claim)
    const tries = Array.from({ length: 8 }, () => lockDataFolder(folder, 'trackside up'))
    const results = await Promise.allSettled(tries)
    const taken = results.filter((result) => result.status === 'fulfilled')
    const others = results.filter((result) => result.status === 'rejected')
    expect(taken).toHaveLength(1)
    for (const { reason } of others) expect(reason).toBeInstanceOf(DataFolderInUse)
    await taken[0]!.value.release()
    expect(await readdir(folder)).toEqual([])
  }
})

test('of several processes that take over a dead lock at once, exactly one gets it', async () => {
  const folder = await newFolder()
  const holder = { pid: 2 ** 22 + 1, start: 'gone', startedAt: 'then', what: 'x', nonce: 'dead' }
  await writeFile(path.join(folder, 'trackside.lock'), JSON.stringify(holder))
  const answers = await Promise.all(Array.from({ length: 6 }, () => lockElsewhere(folder)))
  expect(answers.map(({ answer }) => answer).sort()).toEqual([...Array(5).fill('refused'), 'taken'])
})

async function newFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'lock-'))
  folders.push(folder)
  return folder
}

/** Takes the lock in a process of its own, which keeps it until it is killed. */
async function lockElsewhere(folder: string) {
  const module = JSON.stringify(fileURLToPath(new URL('data-lock.ts', import.meta.url)))
  const program = `
    const { lockDataFolder, DataFolderInUse } = await import(${module})
    const answer = await lockDataFolder(${JSON.stringify(folder)}, 'trackside up').then(
      () => 'taken', (error) => error instanceof DataFolderInUse ? 'refused' : String(error))
    process.stdout.write(answer)
    setTimeout(() => {}, 20_000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [answer] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(20_000) })
  return { child, answer: String(answer) }
}

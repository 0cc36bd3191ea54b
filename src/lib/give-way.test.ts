import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'

const folder = await mkdtemp(join(tmpdir(), 'trackside-give-way-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const give = new URL('./give-way.ts', import.meta.url).href

/** What a program prints as JSON. */
async function run(program: string): Promise<unknown> {
  const args = ['--input-type=module', '--eval', program]
  return JSON.parse(await text(spawn(process.execPath, args).stdout))
}

// Elsewhere a process gives way as a whole.
const isLinux = process.platform === 'linux'

test.skipIf(!isLinux)(
  'a process that gives way does so with all its threads, and does not come back from a lower priority',
  async () => {
    const said = await run(`
    import { readdirSync } from 'node:fs'
    import { getPriority, setPriority } from 'node:os'
    import { giveWay } from '${give}'
    giveWay()
    const all = new Set(readdirSync('/proc/self/task').map((id) => getPriority(Number(id))))
    setPriority(0, 15)
    giveWay()
    console.log(JSON.stringify([[...all], getPriority()]))`)
    expect(said).toEqual([[10], 15])
  },
)

test.skipIf(!isLinux)('a thread gives way alone', async () => {
  const thread = join(folder, 'thread.mjs')
  await writeFile(
    thread,
    `import { getPriority } from 'node:os'
     import { parentPort } from 'node:worker_threads'
     import { giveWayAsThread } from '${give}'
     giveWayAsThread()
     parentPort.postMessage(getPriority(0))`,
  )
  const said = await run(`
    import { once } from 'node:events'
    import { getPriority } from 'node:os'
    import { Worker } from 'node:worker_threads'
    const [inside] = await once(new Worker(${JSON.stringify(thread)}, { execArgv: [] }), 'message')
    console.log(JSON.stringify([inside, getPriority(process.pid)]))`)
  expect(said).toEqual([10, 0])
})

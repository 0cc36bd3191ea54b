import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
/** Forty photos on a slow machine. */
const READY_MS = 20 * 60_000

/** Events beside the demo's, for the pages that say why there is nothing to see. */
const OTHERS = [
  { event_name: 'Club Evening', event_slug: 'club-evening', status: 'active', visibility: 'link' },
  {
    event_name: 'Company Run',
    event_slug: 'company-run',
    status: 'active',
    visibility: 'password',
    gallery_password: 'screenshots',
  },
  { event_name: 'Last Year', event_slug: 'last-year', status: 'archived', visibility: 'public' },
  {
    event_name: 'Next Week',
    event_slug: 'next-week',
    event_date: '2026-06-21T09:00:00',
    status: 'active',
    visibility: 'public',
  },
]

export type Demo = { url: string; key: string; eventId: number; stop(): Promise<void> }

/**
 * Starts `trackside up --demo`, waits for its photos and makes its gallery public.
 *
 * @param data folder of database and photos
 */
export async function startDemo(data: string): Promise<Demo> {
  await chmod(data, 0o711) // root hands the embedded PostgreSQL to another user, who must get through
  const child = spawn(process.execPath, [MAIN, 'up', '--demo'], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: '0', TRACKSIDE_DATA: data, DATABASE_URL: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const url = await readUrl(child)
    const key = await makeKey(data)
    const eventId = await prepare(url, key)
    return { url, key, eventId, stop: () => stop(child) }
  } catch (error) {
    await stop(child)
    throw error
  }
}

async function readUrl(child: ChildProcess): Promise<string> {
  const stdout = child.stdout!
  const late = setTimeout(
    () => stdout.destroy(new Error('the demo was not ready in time')),
    READY_MS,
  )
  let printed = ''
  for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
    printed += chunk
    const url = /ready on (http\S+)/.exec(printed)?.[1]
    if (url && printed.includes('is ready. Photos')) {
      clearTimeout(late)
      stdout.resume() // a full pipe would stop it
      return url
    }
  }
  throw new Error(`the demo did not start; it printed:\n${printed}`)
}

/** The first key is shown at the first start alone; a folder may be used again. */
async function makeKey(data: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [MAIN, 'keys', 'create', '--name', 'screenshots', '--scopes', 'read,manage', '--json'],
    { env: { ...process.env, TRACKSIDE_DATA: data, DATABASE_URL: '' } },
  )
  return JSON.parse(stdout).key
}

async function prepare(url: string, key: string): Promise<number> {
  const manage = `${url}/api/v1/manage/1`
  const send = async (method: string, path: string, json: object) => {
    const headers = { 'X-API-Key': key, 'Content-Type': 'application/json' }
    const answer = await fetch(manage + path, { method, headers, body: JSON.stringify(json) })
    // A folder that is used again has these events already.
    if (!answer.ok && answer.headers.get('X-Error-Code') !== 'slug_taken')
      throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  }
  const list = await fetch(`${url}/api/v1/ext/1/events`, { headers: { 'X-API-Key': key } })
  const { data } = await list.json()
  const demo = data.events.find(({ event_slug: slug }: { event_slug: string }) => slug === 'demo')
  const open = { status: 'active', visibility: 'public', name_search: true, video_search: false }
  await send('PATCH', `/event/${demo.event_id}`, open)
  for (const other of OTHERS) await send('POST', '/events', other)
  return demo.event_id
}

/** One SIGTERM: at a second `up` would leave its database running. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

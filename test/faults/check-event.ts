import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Client, ManagedPhoto } from '../e2e/client.ts'
import { trackside } from '../e2e/system.ts'
import type { TestPhoto } from './photos.ts'
import type { Acknowledged } from './upload.ts'

const PAGE = 100

/** Every photo of an event as its organiser sees it. */
export async function listAll(client: Client, eventId: number): Promise<ManagedPhoto[]> {
  const all: ManagedPhoto[] = []
  for (let page = 1; ; page++) {
    const path = `manage:/event/${eventId}/photos?page=${page}&page_size=${PAGE}`
    const { photos } = await client.get<{ photos: ManagedPhoto[] }>(path)
    all.push(...photos)
    if (photos.length < PAGE) return all
  }
}

/** Waits until all photos are done, none failed, and each is there once with the id that was told. */
export async function expectEachOnce(
  client: Client,
  {
    eventId,
    acknowledged,
    limitMs,
  }: { eventId: number; acknowledged: Acknowledged; limitMs: number },
): Promise<void> {
  const total = acknowledged.ids.size
  type Progress = { idle: boolean; photos: object }
  const progress = () => client.get<Progress>(`manage:/event/${eventId}/progress`)
  await expect
    .poll(async () => (await progress()).idle, { timeout: limitMs, interval: 500 })
    .toBe(true)
  expect((await progress()).photos).toEqual({ total, done: total, failed: 0 })
  const rows = await listAll(client, eventId)
  expect(rows.map((row) => [row.file_name, row.image_id]).sort()).toEqual(
    [...acknowledged.ids].sort(),
  )
}

/** What was found in one photo, in a form that compares. */
export const evidenceOf = ({ bibs, faces }: ManagedPhoto): string =>
  JSON.stringify([
    bibs.map(({ bib, box }) => [bib, ...box].join()).sort(),
    faces.map(({ box }) => box.join()).sort(),
  ])

/** Photos in the order of their names, each with what makes it wrong; an empty list: all is well. */
export async function findWrongPhotos(
  client: Client,
  {
    eventId,
    photos,
    acknowledged,
    evidence,
  }: {
    eventId: number
    photos: readonly TestPhoto[]
    acknowledged: Acknowledged
    /** What an undisturbed run found in each picture. */
    evidence: readonly string[]
  },
): Promise<string[]> {
  const rows = Map.groupBy(await listAll(client, eventId), ({ file_name }) => file_name)
  const wrong = photos.flatMap(({ name, picture }) => {
    const found = rows.get(name) ?? []
    const [row] = found
    if (!row || found.length !== 1) return [`${name}: ${found.length} rows`]
    if (row.image_id !== acknowledged.ids.get(name)) return [`${name}: not the id that was told`]
    if (row.status !== 'done') return [`${name}: ${row.status} (${row.error})`]
    return evidenceOf(row) === evidence[picture] ? [] : [`${name}: ${evidenceOf(row)}`]
  })
  const strangers = [...rows.keys()].filter((name) => !photos.some((photo) => photo.name === name))
  return [...wrong, ...strangers.map((name) => `${name}: nobody sent it`)]
}

/** An object may be younger than its row by an hour before `verify` calls it a stray. */
const HOURS_AGO_MS = 2 * 3_600_000

/** Makes the objects of all events look old, so that `verify` judges each of them. */
export async function ageObjects(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'objects', 'events')
  const past = new Date(Date.now() - HOURS_AGO_MS)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), past, past)
}

export type Verdict = Record<string, number>

/** `trackside verify`: its figures, and whether it is content. */
export async function verify(dataDir: string, ...options: string[]) {
  const { code, stdout, stderr } = await trackside(dataDir, 'verify', '--json', ...options)
  const figures = stdout.trim().split('\n').at(-1) ?? ''
  if (!figures.startsWith('{')) throw new Error(`trackside verify: ${stdout}${stderr}`)
  return { code, figures: JSON.parse(figures) as Verdict, said: stderr }
}

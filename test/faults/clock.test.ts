import { existsSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeFolder, removeFolder } from '../e2e/system.ts'
import { ageObjects, expectEachOnce, verify } from './check-event.ts'
import { type KeptSystem, keepSystem } from './kept-system.ts'
import { drawPictures, makePhotos } from './photos.ts'
import { type Acknowledged, uploadAll } from './upload.ts'

/** Debian's `faketime`: a library that tells programs another time. */
const LIBRARY = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
].find((file) => existsSync(file))
const isLong = process.env.FAULT_ROUNDS !== undefined
const isHere = isLong && LIBRARY !== undefined
if (isLong && !isHere) console.log('jumps of the clock are not tested: apt-get install faketime')

const PHOTOS = 60
const LIMIT_MS = 400_000

let dataDir: string
let system: KeptSystem | undefined
let picture: Buffer

beforeAll(async () => {
  if (!isHere) return
  dataDir = await makeFolder()
  const [drawn] = await drawPictures(`${dataDir}/pictures`, 1)
  picture = drawn!
  await setClock('+0')
  system = await keepSystem(dataDir, {
    TRACKSIDE_WORKERS: '2',
    LOG_LEVEL: 'warn',
    LD_PRELOAD: LIBRARY!,
    FAKETIME_TIMESTAMP_FILE: join(dataDir, 'clock'),
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1', // a clock that is set leaves the one that only counts alone
  })
}, LIMIT_MS)

afterAll(async () => {
  await system?.stop()
  if (dataDir) await removeFolder(dataDir)
}, LIMIT_MS)

test.skipIf(!isHere)(
  'the clock of server and workers jumps by days, forward and back, while photos come in: each is there once, and read once',
  async () => {
    const { client } = system!
    const eventId = await client.createEvent({ event_name: 'Jumps' })
    const photos = makePhotos([picture], PHOTOS)
    const seen: Acknowledged = { ids: new Map(), failures: 0 }
    const uploading = uploadAll(client, { eventId, photos, limitMs: LIMIT_MS }, seen)
    const jumps = ['+2d', '-1d', '+40d', '-400d', '+0']
    for (const [index, jump] of jumps.entries()) {
      const least = (PHOTOS * (index + 1)) / (jumps.length + 1)
      await expect.poll(() => seen.ids.size, { timeout: LIMIT_MS }).toBeGreaterThanOrEqual(least)
      await setClock(jump)
    }
    await uploading
    expect(seen.ids.size).toBe(PHOTOS)
    await expectEachOnce(client, { eventId, acknowledged: seen, limitMs: LIMIT_MS })
    await ageObjects(dataDir)
    const { figures } = await verify(dataDir, '--repair')
    const { photos: _, objects: __, strayObjects: ___, ...losses } = figures
    expect(Object.entries(losses).filter(([, count]) => count > 0)).toEqual([])
    console.log(
      `clock ${jumps.join(', ')}: ${PHOTOS} of ${PHOTOS} photos once, ${seen.failures} tries without an answer`,
    )
  },
  LIMIT_MS,
)

test.skipIf(!isHere)(
  'a signed URL is good for its time by the clock of the server, and locks of guesses end whatever the clock does',
  async () => {
    const { client } = system!
    const eventId = await client.createEvent({
      event_name: 'Signed',
      event_slug: 'signed',
      visibility: 'password',
      gallery_password: 'Ziel-2026',
    })
    const [photo] = await client.upload(eventId, [['a.jpg', picture]])
    await client.waitIdle(eventId)
    const { presigned_urls } = await client.presign(eventId, {
      method: 'image_id',
      identifier: photo!.image_id,
    })
    const url = presigned_urls[0]!.url
    const statusAt = async (clock: string) => {
      await setClock(clock)
      return (await fetch(url)).status
    }
    expect(await statusAt('+0')).toBe(200)
    expect(await statusAt('+40d')).toBe(403)
    expect(await statusAt('-1d')).toBe(200)
    expect(await statusAt('+0')).toBe(200)

    const unlock = async (password: string) =>
      (
        await fetch(`${system!.url}/api/v1/gallery/signed/unlock`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ password }),
        })
      ).headers.get('retry-after')
    await setClock('+40d')
    for (let guess = 0; guess < 10; guess++) await unlock(`guess-${guess}`)
    await setClock('+0')
    // Not forty days.
    expect(Number(await unlock('Ziel-2026'))).toBeLessThanOrEqual(60)
    console.log('signed URL: 200, 403 forty days later, 200 when the clock is right again')
  },
  LIMIT_MS,
)

/** What a program reads half written it takes for no change. */
async function setClock(offset: string): Promise<void> {
  const draft = join(dataDir, 'clock.new')
  await writeFile(draft, `${offset}\n`)
  await rename(draft, join(dataDir, 'clock'))
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Client, createClient } from './client.ts'
import { makeDemoRace } from './demo-race.ts'
import { makeFolder, removeFolder, startSystem } from './system.ts'

const LIMIT = 300_000
/** How long it may take until a hidden person is gone everywhere. */
const GONE_MS = 60_000

test(
  'Who hides by selfie is gone from searches within a minute and stays away from later photos; others are found',
  async () => {
    const folder = await makeFolder()
    const system = await startSystem(folder)
    try {
      const client = createClient(system)
      const race = await makeDemoRace(join(folder, 'demo'), { photos: 12, seed: 2 })
      const photosOf = (runner: string) =>
        race.truth.filter(({ bibs }) => bibs.includes(runner)).map(({ fileName }) => fileName)
      // The two who are seen most.
      const [me = '', other = ''] = [...race.selfies.keys()].sort(
        (a, b) => photosOf(b).length - photosOf(a).length,
      )
      expect(photosOf(other).length).toBeGreaterThan(0)
      const eventId = await client.createEvent()
      // One photo of the person comes later.
      const [late = '', ...early] = photosOf(me)
      expect(early.length).toBeGreaterThan(0)
      const upload = async (names: readonly string[]) => {
        for (const name of names)
          await client.upload(eventId, [[name, await readFile(join(race.photosDir, name))]])
        await client.waitIdle(eventId)
      }
      const theirs = photosOf(other).filter((name) => name !== late && !early.includes(name))
      await upload([...early.slice(0, 2), ...theirs.slice(0, 2)])
      const find = async (runner: string) =>
        (await client.searchSelfie(eventId, race.selfies.get(runner)!)).images.length
      expect(await find(me)).toBeGreaterThan(0)
      const ofOther = await find(other)
      expect(ofOther).toBeGreaterThan(0)

      const form = new FormData()
      form.append('file', new Blob([Uint8Array.from(race.selfies.get(me)!)]), 'me.jpg')
      const path = `manage:/event/${eventId}/hidings`
      const hiding = await client.ask<{ hiding_id: string }>('POST', `${path}/by-selfie`, {
        body: form,
      })
      const receipt = await waitForReceipt(client, `${path}/${hiding.hiding_id}/receipt`)
      expect(receipt.removed.faces).toBeGreaterThan(0)
      const { verdict } = await client.ask<{ verdict: string }>('POST', 'manage:/receipts/verify', {
        json: receipt,
      })
      expect(verdict).toBe('genuine')
      expect(await find(me)).toBe(0)

      await upload([late])
      expect(await find(me)).toBe(0)
      // Photos that show both still show the other.
      expect(await find(other)).toBeGreaterThanOrEqual(ofOther)
    } finally {
      await system.stop()
      await removeFolder(folder)
    }
  },
  LIMIT,
)

type Receipt = { removed: { faces: number } }

async function waitForReceipt(client: Client, path: string): Promise<Receipt> {
  for (const end = Date.now() + GONE_MS; Date.now() < end; await sleep(200)) {
    const { status, data } = await client.call<Receipt>('GET', path)
    if (status === 200) return data
  }
  throw new Error(`nothing was removed within ${GONE_MS} ms`)
}

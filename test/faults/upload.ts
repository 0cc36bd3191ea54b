import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../e2e/client.ts'
import type { TestPhoto } from './photos.ts'

/** What the system has said of photos that it took. */
export type Acknowledged = {
  /** File name → id. */
  ids: Map<string, string>
  /** Tries that got no answer, or one of a server in trouble. */
  failures: number
}

const AT_ONCE = 4
const PAUSE_MS = 200

/** Sends photos as a patient client does: again and again until each is acknowledged. */
export async function uploadAll(
  client: Pick<Client, 'upload'>,
  { eventId, photos, limitMs }: { eventId: number; photos: readonly TestPhoto[]; limitMs: number },
  seen: Acknowledged = { ids: new Map(), failures: 0 },
): Promise<Acknowledged> {
  const end = Date.now() + limitMs
  const queue = photos.values()
  const lane = async () => {
    for (const { name, bytes } of queue) {
      for (;;) {
        const answer = await client.upload(eventId, [[name, bytes]]).catch((error: Error) => error)
        if (Array.isArray(answer)) {
          const [photo] = answer
          if (!photo?.image_id) throw new Error(`${name} is not taken: ${JSON.stringify(photo)}`)
          seen.ids.set(name, photo.image_id)
          break
        }
        seen.failures++
        if (Date.now() > end) throw new Error(`${name} is not taken`, { cause: answer })
        await sleep(PAUSE_MS)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return seen
}

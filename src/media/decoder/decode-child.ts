// A process that decodes pictures, one after the other, and has nothing to lose: no database, no secrets, no network.
import { writeFile } from 'node:fs/promises'
import { AppError } from '../../lib/errors.ts'
import { freeMemory } from '../../lib/free-memory.ts'
import { giveWay } from '../../lib/give-way.ts'
import { decodePixels } from '../decode-picture.ts'
import { type Frame, frameReader, writeFrame } from './frames.ts'
import type { DecodeAnswer, DecodeWish } from './open-decoder.ts'

giveWay()
// When memory ends, the kernel takes this process first. Only Linux has the file.
await writeFile('/proc/self/oom_score_adj', '1000').catch(() => {})

const bytes = (length: number) => Buffer.allocUnsafeSlow(length)
const nextWish = frameReader<DecodeWish>(process.stdin, bytes)
for (let wish = await nextWish(); wish; wish = await nextWish()) {
  const frame = await answer(wish.header, wish.payload)
  await writeFrame(process.stdout, frame)
  for (const used of [wish.payload, frame.payload]) freeMemory(used)
}

async function answer(
  { maxPixels }: DecodeWish,
  payload: Uint8Array,
): Promise<Frame<DecodeAnswer>> {
  try {
    const { data, width, height } = await decodePixels(payload, { maxPixels })
    return { header: { width, height }, payload: data }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const code = error instanceof AppError ? error.code : undefined
    return { header: { message, ...(code && { code }) }, payload: new Uint8Array() }
  }
}

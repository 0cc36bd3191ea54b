// A process that decodes pictures, one after the other, and has nothing to lose: no database, no secrets, no network.
import { writeFile } from 'node:fs/promises'
import { AppError } from '../../lib/errors.ts'
import { giveWay } from '../../lib/give-way.ts'
import { decodePixels } from '../decode-picture.ts'
import { type Frame, readFrames, writeFrame } from './frames.ts'
import type { DecodeAnswer, DecodeWish } from './open-decoder.ts'

giveWay()
// When memory ends, the kernel takes this process first. Only Linux has the file.
await writeFile('/proc/self/oom_score_adj', '1000').catch(() => {})

const bytes = (length: number) => Buffer.allocUnsafeSlow(length)
for await (const { header, payload } of readFrames<DecodeWish>(process.stdin, bytes))
  await writeFrame(process.stdout, await answer(header, payload))

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

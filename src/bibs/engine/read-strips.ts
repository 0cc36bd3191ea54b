import type { Net } from '../../inference/session.ts'
import { freeMemory } from '../../lib/free-memory.ts'
import type { Alphabet } from './alphabet.ts'
import { type Decoded, decodeSteps } from './ctc.ts'
import { findAlternatives } from './ctc-alternatives.ts'
import { STRIP_HEIGHT, type Strip } from './cut-strip.ts'

/** Readings of one strip: any character, and what it may say in digits alone or in digits and capitals, the likeliest first. */
export type StripRead = {
  readonly full: Decoded
  readonly digits: readonly Decoded[]
  readonly alphanumeric: readonly Decoded[]
}

export type Reader = { readonly net: Net; readonly alphabet: Alphabet }

const BATCH_SIZE = 8
const WIDTH_STEP = 32
/** Narrower inputs than this are read badly. */
const MIN_INPUT_WIDTH = 160

/**
 * Reads strips in batches of similar width. The answers come in the order of the strips.
 *
 * @param least probability of what a strip may say that is given
 */
export async function readStrips(
  reader: Reader,
  strips: readonly Strip[],
  least: number,
): Promise<StripRead[]> {
  const reads: StripRead[] = new Array(strips.length)
  const byWidth = [...strips.entries()].sort(([, a], [, b]) => a.width - b.width)
  for (let at = 0; at < byWidth.length; at += BATCH_SIZE) {
    const batch = byWidth.slice(at, at + BATCH_SIZE)
    const batchReads = await readBatch(
      reader,
      batch.map(([, strip]) => strip),
      least,
    )
    batch.forEach(([index], slot) => {
      reads[index] = batchReads[slot]!
    })
  }
  return reads
}

async function readBatch(
  { net, alphabet }: Reader,
  strips: readonly Strip[],
  least: number,
): Promise<StripRead[]> {
  const input = batchInput(strips)
  const [output] = Object.values(await net.run(input))
  freeMemory(input.data)
  const [count, steps, width] = output?.dims ?? []
  if (!output || count !== strips.length || steps === undefined || width === undefined) {
    throw new Error('the recogniser gave an unexpected output')
  }
  const size = steps * width
  return strips.map((_, slot) => {
    const own = { rows: output.data.subarray(slot * size, (slot + 1) * size), width }
    return {
      full: decodeSteps(own, alphabet.characters),
      digits: findAlternatives(own, alphabet.digits, least),
      alphanumeric: findAlternatives(own, alphabet.alphanumerics, least),
    }
  })
}

/** Planes of blue, green and red from -1 to 1, strips side by side in the batch; 0 right of a strip. */
function batchInput(strips: readonly Strip[]) {
  const widest = Math.max(MIN_INPUT_WIDTH, ...strips.map(({ width }) => width))
  const width = Math.ceil(widest / WIDTH_STEP) * WIDTH_STEP
  const plane = width * STRIP_HEIGHT
  const data = new Float32Array(strips.length * 3 * plane)
  strips.forEach(({ pixels, width: own }, slot) => {
    for (let c = 0; c < 3; c++) {
      for (let y = 0; y < STRIP_HEIGHT; y++) {
        const to = (slot * 3 + c) * plane + y * width
        const from = y * own * 3 + 2 - c
        for (let x = 0; x < own; x++) data[to + x] = pixels[from + 3 * x]! / 127.5 - 1
      }
    }
  })
  return { data, dims: [strips.length, 3, STRIP_HEIGHT, width] }
}

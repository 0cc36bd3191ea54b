import { expect, test } from 'vitest'
import type { OnnxModel } from '../../../inference/read-onnx.ts'
import { openNet } from '../../../inference/session.ts'
import { startRewriting } from '../rewriter.ts'
import { enlarge, type Held, settle, shifted, toFloats } from './held.ts'

const EMPTY: OnnxModel = { nodes: [], constants: new Map(), encoded: new Map() }
const PIXELS = Uint8Array.from({ length: 48 }, (_, i) => (i * 41) % 256)
const HELD: Held = { name: 'bytes', scale: 0.1, zeroPoint: 60, channels: 3 }

/** Of 1 x 4 x 4 x 3 bytes. */
async function floatsOf(change: (rewriter: ReturnType<typeof startRewriting>) => Held) {
  const rewriter = startRewriting('test', EMPTY, 'bytes')
  const { graph } = rewriter
  graph.op('Identity', [toFloats(rewriter, change(rewriter))], {}, 'floats')
  const net = await openNet(
    graph.encode({
      inputs: [{ name: 'bytes', dims: [1, 4, 4, 3], type: 'uint8' }],
      outputs: [{ name: 'floats', dims: [1, 3, 'height', 'width'] }],
    }),
  )
  const { floats } = await net.run({ data: PIXELS, dims: [1, 4, 4, 3] })
  await net.release()
  return floats!
}
const valueAt = (c: number, pixel: number) => 0.1 * (PIXELS[3 * pixel + c]! - 60)

test.each([
  ['of all channels alike', undefined, 0],
  ['in steps of their own', Float64Array.of(1, 0.5, 0.25), 0.15],
])('a shifted value is the same once it is settled: channels %s', async (_, factors, error) => {
  const { data } = await floatsOf((rewriter) => {
    const settled = settle(rewriter, shifted({ ...HELD, factors }, -1.23))
    if (factors) expect(settled.rest).toBeUndefined()
    else for (const rest of settled.rest!) expect(Math.abs(rest)).toBeLessThan(0.05)
    return settled
  })
  for (let c = 0; c < 3; c++)
    for (let pixel = 0; pixel < 16; pixel++) {
      const exact = valueAt(c, pixel) / (factors?.[c] ?? 1) - 1.23
      expect(Math.abs(data[16 * c + pixel]! - exact)).toBeLessThanOrEqual(
        1e-5 + error / (factors?.[c] ?? 1),
      )
    }
})

test('an enlarged value has each pixel as often as it says', async () => {
  const { data, dims } = await floatsOf((rewriter) => {
    const { graph } = rewriter
    const like = graph.op('Expand', ['bytes', graph.integers('one', [1, 1, 1, 1])])
    const rows = graph.op('Concat', [like, like], { axis: 1 })
    const large = graph.op('Concat', [rows, rows], { axis: 2 })
    return { ...HELD, name: enlarge(rewriter, { ...HELD, times: 2 }, large) }
  })
  expect(dims).toEqual([1, 3, 8, 8])
  for (let y = 0; y < 8; y++)
    for (let x = 0; x < 8; x++)
      expect(data[8 * y + x]).toBeCloseTo(valueAt(0, 4 * (y >> 1) + (x >> 1)), 5)
})

import { expect, test } from 'vitest'
import type { Net } from '../../inference/session.ts'
import { runOnCrops } from './crops.ts'

const SIDE = 4
const PLANE = SIDE * SIDE
/** Red grows to the right, green downwards; blue is even. */
const picture = {
  data: Uint8Array.from({ length: 3 * 16 * 16 }, (_, i) => {
    const at = Math.floor(i / 3)
    return [at % 16, 10 * Math.floor(at / 16), 200][i % 3]!
  }),
  width: 16,
  height: 16,
}
const at = (left: number, top: number) => ({ a: 1, b: 0, tx: left, ty: top })
const OPTIONS = { side: SIDE, output: 'input', mean: [1, 2, 3], deviation: [2, 4, 8] }

/** Gives each crop back as it was given, and notes how many came at once. */
function echo(): Net & { counts: number[] } {
  const counts: number[] = []
  return {
    counts,
    async run({ data, dims }) {
      counts.push(dims[0]!)
      return { input: { data: Float32Array.from(data), dims } }
    },
    release: async () => undefined,
  }
}

test.each([
  [16, [6]],
  [4, [4, 2]],
  [1, [1, 1, 1, 1, 1, 1]],
])(
  'with %d crops in one run at most each is seen plain and mirrored, in order',
  async (batch, counts) => {
    const net = echo()
    const crops = [at(2, 3), at(6, 8), at(10, 1)]

    const looks = await runOnCrops(net, picture, {
      crops,
      options: { ...OPTIONS, batch, channelOrder: 'RGB' },
    })

    expect(net.counts).toEqual(counts)
    for (const [i, { tx, ty }] of crops.entries()) {
      const { plain, mirrored } = looks[i]!
      for (let p = 0; p < PLANE; p++) {
        const [x, y] = [p % SIDE, Math.floor(p / SIDE)]
        expect(plain[p]).toBeCloseTo((tx + x - 1) / 2, 4)
        expect(plain[PLANE + p]).toBeCloseTo((10 * (ty + y) - 2) / 4, 4)
        expect(plain[2 * PLANE + p]).toBeCloseTo((200 - 3) / 8, 4)
        expect(mirrored[p]).toBeCloseTo((tx + SIDE - 1 - x - 1) / 2, 4)
        expect(mirrored[PLANE + p]).toBeCloseTo(plain[PLANE + p]!, 6)
      }
    }
  },
)

test('a net that takes blue first gets blue first', async () => {
  const options = { ...OPTIONS, batch: 16, channelOrder: 'BGR' as const }
  const [look] = await runOnCrops(echo(), picture, { crops: [at(2, 3)], options })

  expect([look!.plain[0], look!.plain[2 * PLANE]]).toEqual([(200 - 3) / 8, (2 - 1) / 2])
})

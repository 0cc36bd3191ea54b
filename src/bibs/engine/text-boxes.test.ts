import { expect, test } from 'vitest'
import { textBoxes } from './text-boxes.ts'

/** A map of text where `isText` says so. */
function draw(
  width: number,
  height: number,
  isText: (x: number, y: number) => boolean,
  value = 0.9,
) {
  const values = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (isText(x, y)) values[y * width + x] = 255 * value
  }
  return { values, width, height }
}

const inside = (x: number, y: number, [left, top, width, height]: number[]) =>
  x >= left! && x < left! + width! && y >= top! && y < top! + height!

test('puts one grown box round each patch', () => {
  const patches = [
    [10, 10, 40, 10],
    [10, 40, 20, 10],
  ]
  const boxes = textBoxes(draw(100, 60, (x, y) => patches.some((patch) => inside(x, y, patch))))

  expect(boxes).toHaveLength(2)
  // 40 x 10 grows by 400 * 1.6 / 100 = 6.4 on each side.
  expect(boxes[0]).toMatchObject({ centreX: 30, centreY: 15, cos: 1 })
  expect(boxes[0]!.width).toBeCloseTo(52.8)
  expect(boxes[0]!.height).toBeCloseTo(22.8)
})

test('follows the tilt of a patch', () => {
  for (const degrees of [-40, -15, 15, 40]) {
    const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
    const [box] = textBoxes(
      draw(200, 200, (x, y) => {
        const [dx, dy] = [x - 100, y - 100]
        return Math.abs(dx * cos + dy * sin) < 60 && Math.abs(dy * cos - dx * sin) < 12
      }),
    )

    expect((Math.atan2(box!.sin, box!.cos) * 180) / Math.PI).toBeCloseTo(degrees, -1)
    expect(box!.centreX).toBeCloseTo(100, -1)
    expect(box!.width).toBeGreaterThan(2 * box!.height)
  }
})

test('finds a patch once that lies in two windows, and looks nowhere else', () => {
  const patch = [20, 10, 30, 20]
  const beside = [70, 10, 20, 10]
  const map = draw(100, 60, (x, y) => inside(x, y, patch) || inside(x, y, beside))
  const windows = [
    { left: 30, top: 0, right: 64, bottom: 40 },
    { left: 0, top: 5, right: 40, bottom: 60 },
  ]
  const [box, ...others] = textBoxes(map, windows)
  expect(box).toEqual(textBoxes(map)[0])
  expect(others).toEqual([])
  expect(textBoxes(map, [])).toEqual([])
})

test('joins patches that touch at a corner', () => {
  const boxes = textBoxes(
    draw(60, 60, (x, y) => inside(x, y, [10, 10, 10, 10]) || inside(x, y, [20, 20, 10, 10])),
  )
  expect(boxes).toHaveLength(1)
})

test('reads a tall patch across, not turned', () => {
  const [box] = textBoxes(draw(60, 60, (x, y) => inside(x, y, [20, 10, 10, 24])))

  expect(box).toMatchObject({ cos: 1 })
  expect(box!.height).toBeGreaterThan(box!.width)
})

test('leaves out specks and faint patches', () => {
  expect(textBoxes(draw(60, 60, (x, y) => inside(x, y, [20, 10, 2, 2])))).toEqual([])
  expect(textBoxes(draw(60, 60, (x, y) => inside(x, y, [20, 10, 20, 9]), 0.4))).toEqual([])
})

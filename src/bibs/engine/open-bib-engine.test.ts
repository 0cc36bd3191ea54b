import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenNet, openByteNet, openNet } from '../../inference/session.ts'
import type { Box } from '../../media/picture.ts'
import { chooseBibs } from '../choose-bibs.ts'
import { startListOf } from '../start-list.ts'
import { type DrawnBib, drawPicture } from './drawn-picture.fixture.ts'
import { type BibEngine, detectorSide, openBibEngine } from './open-bib-engine.ts'

let engine: BibEngine
beforeAll(async () => {
  engine = await openBibEngine({ openNet, openByteNet })
})
afterAll(() => engine.release())

const textsOf = (bibs: readonly { bib: string }[]) => bibs.map(({ bib }) => bib).sort()

describe('readBibs', () => {
  test('reads ten bibs of one picture: tilted, small and large', async () => {
    const bibs: DrawnBib[] = [
      { text: '1042', x: 140, y: 100, size: 60 },
      { text: '77', x: 380, y: 100, size: 60 },
      { text: '5310', x: 620, y: 110, size: 50, tilt: 12 },
      { text: '288', x: 130, y: 300, size: 40, tilt: -15 },
      { text: '90316', x: 360, y: 300, size: 40 },
      { text: '4407', x: 620, y: 300, size: 70, tilt: 5 },
      { text: '613', x: 100, y: 460, size: 24 },
      { text: '2951', x: 260, y: 460, size: 24, tilt: -8 },
      { text: '8064', x: 420, y: 460, size: 20 },
      { text: '359', x: 620, y: 470, size: 30, tilt: 20 },
    ]
    const picture = await drawPicture({ width: 800, height: 560, bibs, noise: 12 })

    const found = textsOf(chooseBibs(await engine.readBibs(picture)))

    const right = bibs.filter(({ text }) => found.includes(text)).length
    expect(right, `found ${found}`).toBeGreaterThanOrEqual(9)
    expect(found.length - right, `found ${found}`).toBeLessThanOrEqual(1)
  })

  test('reads a blurred bib', async () => {
    const bibs = [{ text: '3846', x: 300, y: 200, size: 60 }]
    const picture = await drawPicture({ width: 600, height: 400, bibs, blur: 3 })

    expect(textsOf(chooseBibs(await engine.readBibs(picture)))).toEqual(['3846'])
  })

  test('reads a number again where the first look is not sure, and only there', async () => {
    let reads = 0
    const counted: OpenNet = async (model) => {
      const net = await openNet(model)
      const run: typeof net.run = (input) => {
        reads++
        return net.run(input)
      }
      return { ...net, run }
    }
    const counting = await openBibEngine({ openNet: counted, openByteNet })
    const readsOf = async (blur?: number) => {
      reads = 0
      const bibs = [{ text: '3846', x: 300, y: 200, size: 60 }]
      const picture = await drawPicture({ width: 600, height: 400, bibs, ...(blur && { blur }) })
      expect(textsOf(chooseBibs(await counting.readBibs(picture)))).toEqual(['3846'])
      return reads
    }

    expect([await readsOf(), await readsOf(7.5)]).toEqual([1, 2])
    await counting.release()
  })

  test('tells where the digits stand', async () => {
    const bibs = [{ text: '1042', x: 600, y: 250, size: 60 }]
    const [bib] = chooseBibs(
      await engine.readBibs(await drawPicture({ width: 900, height: 600, bibs })),
    )

    const [x, y, width, height] = bib!.box
    expect(x + width / 2).toBeCloseTo(600, -1)
    expect(y + height / 2).toBeCloseTo(250, -1)
    expect(width).toBeGreaterThan(110)
    expect(height).toBeGreaterThan(40)
    expect(width).toBeLessThan(230)
  })

  test('gives the letters of a bib as a second reading, which only a start list brings out', async () => {
    const bibs = [{ text: 'F427', x: 300, y: 200, size: 60 }]
    const reads = await engine.readBibs(await drawPicture({ width: 600, height: 400, bibs }))

    expect(reads.filter(({ kind }) => kind === 'alphanumeric').map(({ text }) => text)).toContain(
      'F427',
    )
    expect(textsOf(chooseBibs(reads))).not.toContain('F427')
    expect(textsOf(chooseBibs(reads, startListOf(['F427', '12'])))).toEqual(['F427'])
  })

  test('drops a number that the border of the picture cuts', async () => {
    const bibs = [
      { text: '5310', x: 800, y: 150, size: 80 },
      { text: '1042', x: 300, y: 300, size: 60 },
    ]
    const picture = await drawPicture({ width: 800, height: 500, bibs })

    expect(textsOf(chooseBibs(await engine.readBibs(picture)))).toEqual(['1042'])
  })

  test('finds nothing in a picture without text', async () => {
    expect(await engine.readBibs(await drawPicture({ width: 640, height: 480, bibs: [] }))).toEqual(
      [],
    )
  })

  test('below faces it looks closely, elsewhere it reads what is large', async () => {
    const bibs = [
      { text: '1042', x: 900, y: 1000, size: 16 },
      { text: '2951', x: 2700, y: 1000, size: 16 },
      { text: '5310', x: 2000, y: 1800, size: 120 },
    ]
    const picture = await drawPicture({ width: 3000, height: 2250, bibs })
    const read = async (faces?: Box[]) => textsOf(chooseBibs(await engine.readBibs(picture, faces)))

    // Each small bib lies two faces below one of 30 x 40 px.
    expect(await read([[885, 880, 30, 40]])).toEqual(['1042', '5310'])
    expect(await read([[2685, 880, 30, 40]])).toEqual(['2951', '5310'])
    expect(await read([])).toEqual(['1042', '2951', '5310'])
    expect(await read()).toEqual(['1042', '2951', '5310'])
  })

  test('of a large picture, bibs of people near the camera and far away are read beside each other', async () => {
    const bibs = [
      { text: '1042', x: 900, y: 1200, size: 100 },
      { text: '2951', x: 2700, y: 1000, size: 16 },
    ]
    const picture = await drawPicture({ width: 3000, height: 2250, bibs })
    const near: Box = [780, 500, 240, 300]
    const far: Box = [2685, 880, 30, 40]
    const behind: Box = [885, 1080, 30, 40] // its window cuts the bib of the one who is near
    const read = async (faces: Box[]) => textsOf(chooseBibs(await engine.readBibs(picture, faces)))

    expect(await read([near])).toEqual(['1042'])
    expect(await read([near, far])).toEqual(['1042', '2951'])
    expect(await read([near, far, behind])).toEqual(['1042', '2951'])
  })

  test('reads across the tiles of a large picture', async () => {
    // At 2400 x 1600 the picture is cut into three tiles with borders near 820 and 1580 (2050 and 3950 in the picture).
    const bibs = [2050, 3950].map((x, i) => ({ text: ['1042', '5310'][i]!, x, y: 2000, size: 300 }))
    const picture = await drawPicture({ width: 6000, height: 4000, bibs })

    expect(textsOf(chooseBibs(await engine.readBibs(picture)))).toEqual(['1042', '5310'])
  })
})

describe('detectorSide', () => {
  test('enlarges small pictures and shrinks large ones, in steps of the net', () => {
    expect([320, 720, 1024, 2048, 6000].map(detectorSide)).toEqual([960, 1440, 1664, 2400, 2400])
  })
})

test('reading leaves nothing large for V8 to collect', async () => {
  const bibs = [{ text: '1042', x: 1200, y: 900, size: 60 }]
  const picture = await drawPicture({ width: 2400, height: 1600, bibs })
  const faces: Box[] = [[1160, 600, 80, 100]]
  await engine.readBibs(picture, faces)
  const before = process.memoryUsage().arrayBuffers
  expect(await engine.readBibs(picture, faces)).not.toHaveLength(0)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(3e6)
})

import { expect, test } from 'vitest'
import { textMark } from './text-mark.ts'

const SIZE = { width: 300, height: 200 }

test('accents of Latin are drawn from the bundled font', async () => {
  const ids = ['Zürich', 'Zurich', 'Łódź', 'PREVIEW'].map((text) => textMark(text).id)
  expect(new Set(ids).size).toBe(4)
  expect((await textMark('Łódź').draw(SIZE)).some((value) => value > 0)).toBe(true)
})

test.each(['東京マラソン', 'Бег', '🏃', '', '   '])(
  '%j, which the font lacks, becomes PREVIEW',
  (text) => {
    expect(textMark(text).id).toBe(textMark('PREVIEW').id)
  },
)

test('text that looks like markup is drawn, not interpreted', async () => {
  const pixels = await textMark('"/><script>&').draw(SIZE)
  expect(pixels).toHaveLength(300 * 200 * 4)
})

test('a letter that is composed of two signs is drawn like the single one', () => {
  expect(textMark('Zu\u0308rich').id).toBe(textMark('Zürich').id)
})

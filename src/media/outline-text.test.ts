import { expect, test } from 'vitest'
import { outlineText } from './outline-text.ts'

const NUMBERS = { M: 2, L: 2, Q: 4, C: 6, Z: 0 }

test('every letter becomes well-formed path data', () => {
  for (let code = 33; code < 0x17f; code++) {
    const { path = '' } = outlineText(String.fromCodePoint(code)) ?? {}
    for (const [, type = '', rest = ''] of path.matchAll(/([A-Z])([^A-Z]*)/g)) {
      const numbers = rest.split(' ').filter((text) => text)
      expect(numbers.every((text) => /^-?\d+\.\d$/.test(text))).toBe(true)
      expect(numbers).toHaveLength(NUMBERS[type as keyof typeof NUMBERS])
    }
  }
})

test('a longer text is wider, and letters that are not in the font are said to be missing', () => {
  expect(outlineText('1042')!.width).toBeGreaterThan(outlineText('10')!.width)
  expect(outlineText('Łódź')).toBeDefined()
  expect(outlineText('東京')).toBeUndefined()
})

import { expect, test } from 'vitest'
import { outlineText } from './outline-text.ts'

/** Lines and quadratic curves, each with its two or four numbers. */
const PATH_DATA = /^(?:(?:[ML]|Q-?\d+\.\d -?\d+\.\d )-?\d+\.\d -?\d+\.\d|Z)*$/

test('every letter becomes well-formed path data', () => {
  for (let code = 33; code < 0x17f; code++) {
    const { path = '' } = outlineText(String.fromCodePoint(code)) ?? {}
    expect(path).toMatch(PATH_DATA)
  }
})

test('a longer text is wider, and letters that are not in the font are said to be missing', () => {
  expect(outlineText('1042')!.width).toBeGreaterThan(outlineText('10')!.width)
  expect(outlineText('Łódź')).toBeDefined()
  expect(outlineText('東京')).toBeUndefined()
})

import { expect, test } from 'vitest'
import { bibKey } from './bib-key.ts'

test.each([
  ['007', '7'],
  ['a012', 'A012'],
  [' 42 ', '42'],
  ['0012b', '12B'],
  ['0', '0'],
  ['000', '0'],
  ['', ''],
  ['1000', '1000'],
])('the key of %j is %j', (text, key) => {
  expect(bibKey(text)).toBe(key)
})

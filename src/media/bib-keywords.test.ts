import { expect, test } from 'vitest'
import { bibKeywords } from './bib-keywords.ts'

test.each([
  ['1042', ['1042']],
  ['0042', ['0042']],
  ['a12', ['A12']],
  ['12F', ['12F']],
  ['bib:123', ['123']],
  ['Bib 123', ['123']],
  ['#123', ['123']],
  ['no. 123', ['123']],
  ['Start Nr. 123', ['123']],
  ['bib:10K', ['10K']],
  ['12; 13,14', ['12', '13', '14']],
  ['12;12', ['12']],
])('%j holds the bibs %j', (keyword, bibs) => {
  expect(bibKeywords([keyword])).toEqual(bibs)
})

test.each(['finish', '10km', '5K', '2nd', '1234567', 'ABC12', '12-13', 'bib', 'no', ''])(
  '%j holds no bib',
  (keyword) => {
    expect(bibKeywords([keyword])).toEqual([])
  },
)

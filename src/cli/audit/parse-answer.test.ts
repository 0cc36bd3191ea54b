import { expect, test } from 'vitest'
import { parseAnswer } from './parse-answer.ts'

const READS = ['1042', '77']

test.each([
  ['', READS],
  ['y', READS],
  ['n', []],
  [' - ', []],
  ['1042', ['1042']],
  ['1042, 77 F12,77', ['1042', '77', 'F12']],
])('%j says which bibs are there', (line, bibs) => {
  expect(parseAnswer(line, READS)).toEqual({ kind: 'bibs', bibs })
})

test('asked blind, one has to say something', () => {
  expect(parseAnswer('', undefined).kind).toBe('unclear')
  expect(parseAnswer('1042', undefined)).toEqual({ kind: 'bibs', bibs: ['1042'] })
})

test('skips, stops, and asks again about what is no bib', () => {
  expect(parseAnswer('s', READS).kind).toBe('skip')
  expect(parseAnswer('Q', READS).kind).toBe('stop')
  expect(parseAnswer('10%', READS)).toMatchObject({
    kind: 'unclear',
    why: expect.stringContaining('"10%"'),
  })
})

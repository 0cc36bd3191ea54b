import { describe, expect, test } from 'vitest'
import type { Box } from '../media/picture.ts'
import { chooseBibs, startListOf } from './choose-bibs.ts'
import type { BibRead } from './engine/bib-read.ts'
import { trustOf } from './trust.ts'

const HERE: Box = [100, 100, 80, 40]
const WIDER: Box = [90, 100, 100, 40]
const ELSEWHERE: Box = [500, 100, 80, 40]

function read(text: string, score: number, more: Partial<BibRead> = {}): BibRead {
  return { text, score, box: HERE, fullText: text, kind: 'digits', ...more }
}

const bibsOf = (reads: BibRead[], list?: string[]) =>
  chooseBibs(reads, list && startListOf(list)).map(({ bib }) => bib)

describe('without a start list', () => {
  test('publishes a sure read with its trust and place', () => {
    expect(chooseBibs([read('1042', 0.97)])).toEqual([
      { bib: '1042', score: trustOf(0.97), box: HERE },
    ])
  })

  test('asks more of short bibs than of long ones', () => {
    expect(bibsOf([read('104', 0.85)])).toEqual(['104'])
    expect(bibsOf([read('10', 0.85)])).toEqual([])
    expect(bibsOf([read('10', 0.95)])).toEqual(['10'])
  })

  test('publishes no single digit, however sure: it is a sign', () => {
    expect(bibsOf([read('2', 0.9999)])).toEqual([])
    expect(bibsOf([read('02', 0.9999)])).toEqual([])
  })

  test.each(['1:33:04', '149.58', '10 km', '5K', 'RUN 2008', '-744-K'])(
    'takes %j for no bib',
    (fullText) => {
      expect(bibsOf([read('1042', 0.99, { fullText })])).toEqual([])
    },
  )

  test('takes nothing from the place of a clock, though another read misses its colon', () => {
    const clock = read('14958', 0.5, { fullText: '149.58' })
    const without = read('14958', 0.99, { box: WIDER })
    expect(bibsOf([clock, without, read('77', 0.99, { box: ELSEWHERE })])).toEqual(['77'])
  })

  test('publishes no zeros and nothing longer than six digits', () => {
    expect(bibsOf([read('000', 0.99)])).toEqual([])
    expect(bibsOf([read('1234567', 0.99)])).toEqual([])
  })

  test('publishes no letters', () => {
    expect(bibsOf([read('A123', 0.99, { kind: 'alphanumeric' })])).toEqual([])
  })
})

describe('of two reads of one place', () => {
  test('the longer is published when both are sure', () => {
    expect(bibsOf([read('440', 0.99), read('4407', 0.85, { box: WIDER })])).toEqual(['4407'])
  })

  test('the shorter is published when the longer is not sure', () => {
    expect(bibsOf([read('440', 0.99), read('4407', 0.5, { box: WIDER })])).toEqual(['440'])
  })

  test('the surer of two as long is published', () => {
    expect(bibsOf([read('4401', 0.85), read('4407', 0.95, { box: WIDER })])).toEqual(['4407'])
  })
})

test('gives a bib that stands at two places once, with its surest read', () => {
  const reads = [read('1042', 0.85), read('1042', 0.98, { box: ELSEWHERE })]
  expect(chooseBibs(reads)).toEqual([{ bib: '1042', score: trustOf(0.98), box: ELSEWHERE }])
})

test('publishes bibs of different places', () => {
  expect(bibsOf([read('77', 0.99), read('1042', 0.9, { box: ELSEWHERE })]).sort()).toEqual([
    '1042',
    '77',
  ])
})

describe('with a start list', () => {
  test('publishes listed bibs alone', () => {
    const reads = [read('1042', 0.99), read('1043', 0.99, { box: ELSEWHERE })]
    expect(bibsOf(reads, ['1043', '9'])).toEqual(['1043'])
  })

  test('publishes the entrant among all that a place may say, if it is likely enough', () => {
    const reads = [read('4401', 0.7), read('4407', 0.6, { box: WIDER })]
    expect(bibsOf(reads)).toEqual(['4401'])
    expect(bibsOf(reads, ['4407'])).toEqual(['4407'])
    expect(bibsOf([read('4401', 0.7), read('4407', 0.5)], ['4407'])).toEqual([])
  })

  test('publishes a single digit that is listed', () => {
    expect(bibsOf([read('2', 0.95)], ['2'])).toEqual(['2'])
  })

  test('writes the bib as the list does', () => {
    expect(bibsOf([read('7', 0.99)], ['007'])).toEqual(['007'])
    expect(bibsOf([read('0042', 0.99)], ['42'])).toEqual(['42'])
    expect(bibsOf([read('A12', 0.99, { kind: 'alphanumeric' })], ['a-12'])).toEqual(['a-12'])
  })

  test('prefers the longer of two listed reads of a place, if less sure', () => {
    const reads = [read('440', 0.99), read('4407', 0.75, { box: WIDER })]
    expect(bibsOf(reads, ['440', '4407'])).toEqual(['4407'])
    expect(bibsOf(reads, ['440'])).toEqual(['440'])
  })

  test('publishes a listed bib with letters rather than its digits alone', () => {
    const reads = [
      read('42', 0.99, { fullText: 'F42' }),
      read('F42', 0.9, { fullText: 'F42', kind: 'alphanumeric' }),
    ]
    expect(bibsOf(reads, ['F42', '42'])).toEqual(['F42'])
    expect(bibsOf(reads, ['42'])).toEqual(['42'])
  })

  test('takes a clock for no bib even when the list has its digits', () => {
    expect(bibsOf([read('1042', 0.99, { fullText: '10:42' })], ['1042'])).toEqual([])
  })
})

test('leaves the reads as they were', () => {
  const reads = Object.freeze([read('77', 0.96), read('1042', 0.99, { box: ELSEWHERE })])
  expect(chooseBibs(reads)).toHaveLength(2)
})

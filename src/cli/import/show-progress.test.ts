import { expect, test } from 'vitest'
import { describeSeconds, startMeter } from './show-progress.ts'

test('speed and time left are those of the last ten seconds, not of the whole import', () => {
  let now = 0
  const meter = startMeter({ files: 1000, bytes: 10_000e6 }, () => now)
  const work = (seconds: number, bytesPerFile: number) => {
    for (const end = now + seconds * 1000; now < end; meter.text()) {
      now += 1000
      meter.advance(bytesPerFile)
    }
  }
  work(10, 100e6)
  expect(meter.text()).toBe('100.0 MB/s | 1.0 files/s | ETA 1 min 30 s')
  work(20, 10e6)
  expect(meter.text()).toBe('10.0 MB/s | 1.0 files/s | ETA 14 min 40 s')
  expect(meter.done()).toBe(30)
})

test('nothing done yet has no time left', () => {
  expect(startMeter({ files: 1, bytes: 1 }).text()).toContain('ETA ?')
})

test('durations are told in the two units that matter', () => {
  expect([0.2, 59, 60, 3599.5, 9000].map(describeSeconds)).toEqual([
    '1 s',
    '59 s',
    '1 min 0 s',
    '1 h 0 min',
    '2 h 30 min',
  ])
})

import { expect, test } from 'vitest'
import { FACE_MODEL } from './face-model.ts'

test('percentage and cosine are the inverse of each other over the range that faces have', () => {
  for (let percentage = 1; percentage <= 99; percentage++)
    expect(FACE_MODEL.percentageOf(FACE_MODEL.cosineOf(percentage))).toBeCloseTo(percentage, 6)
})

test('the percentage grows with the cosine and stays within 0 and 100', () => {
  let previous = -1
  for (let cosine = -1; cosine <= 1; cosine += 0.001) {
    const percentage = FACE_MODEL.percentageOf(cosine)
    expect(percentage).toBeGreaterThanOrEqual(Math.max(0, previous))
    expect(percentage).toBeLessThanOrEqual(100)
    previous = percentage
  }
})

test('0 % takes every face and 100 % only the very same embedding', () => {
  expect(FACE_MODEL.cosineOf(0)).toBe(-1)
  expect(FACE_MODEL.cosineOf(100)).toBe(1)
})

test('a poor face must be more alike than a good one, within bounds', () => {
  expect(FACE_MODEL.requiredCosine(0.93, 1)).toBe(0.93)
  expect(FACE_MODEL.requiredCosine(0.93, 0.2)).toBeGreaterThan(0.93)
  expect(FACE_MODEL.requiredCosine(0.93, 0)).toBeLessThanOrEqual(0.941)
})

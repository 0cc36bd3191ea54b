import { expect, test } from 'vitest'
import { parseTimeOfDay } from './parse-time.ts'

const at = (text: string) => {
  const found = parseTimeOfDay(text)
  return found && [found.local, found.fromMinutes, found.toMinutes]
}

test.each([
  ['9:41', '09:41'],
  ['09:41', '09:41'],
  [' 9.41 ', '09:41'],
  ['9h41', '09:41'],
  ['9h', '09:00'],
  ['9:41:30', '09:41'],
  ['9:41 am', '09:41'],
  ['9:41 pm', '21:41'],
  ['9:41PM', '21:41'],
  ['9 p.m.', '21:00'],
  ['12 am', '00:00'],
  ['12:05 pm', '12:05'],
  ['21:41 Uhr', '21:41'],
  ['9時41分', '09:41'],
  ['９：４１', '09:41'],
])('%j is a time of day, shown from two minutes before', (text, local) => {
  const [hours = 0, minutes = 0] = local.split(':').map(Number)
  const minute = hours * 60 + minutes
  expect(at(text)).toEqual([local, minute - 2, minute + 3])
})

test.each([
  ['09:41-10:00', '09:41', 581, 600],
  ['9 – 10 pm', '21:00', 1260, 1320],
  ['9:30 bis 10:15 Uhr', '09:30', 570, 615],
  ['23:30-0:15', '23:30', 1410, 1455],
])('%j is a span', (text, local, from, to) => {
  expect(at(text)).toEqual([local, from, to])
})

test.each([
  '',
  '941',
  '1042',
  '9',
  '24:00',
  '9:60',
  '13 pm',
  '0 am',
  'A12',
  'Ann',
  '9:41x',
  '-',
  ':',
])('%j is no time', (text) => {
  expect(at(text)).toBeUndefined()
})

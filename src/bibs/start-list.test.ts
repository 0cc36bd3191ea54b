import { expect, test } from 'vitest'
import { startListOf } from './start-list.ts'

test('finds a bib by its key and gives it as the list writes it', () => {
  const list = startListOf(['007', 'a12'])

  expect(list.has('7')).toBe(true)
  expect(list.bibOf('7')).toBe('007')
  expect(list.bibOf('A12')).toBe('a12')
  expect(list.has('8')).toBe(false)
  expect(list.bibOf('8')).toBeUndefined()
})

test('finds a bib without its separator, unless another bib is written so', () => {
  expect(startListOf(['A-12']).bibOf('A12')).toBe('A-12')
  expect(startListOf(['A12', 'A-12']).bibOf('A12')).toBe('A12')
})

test('knows whether any bib has a letter', () => {
  expect(startListOf(['1', '2']).hasLetters).toBe(false)
  expect(startListOf(['1', 'F2']).hasLetters).toBe(true)
})

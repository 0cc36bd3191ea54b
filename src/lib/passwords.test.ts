import { expect, test } from 'vitest'
import { hashPassword, isPassword } from './passwords.ts'

test('a password is known again, however it is composed, and no other passes', async () => {
  const stored = await hashPassword('Zieleinlauf fu\u0308r alle')
  expect(stored).toMatch(/^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/)
  expect(await isPassword('Zieleinlauf f\u00fcr alle', stored)).toBe(true)
  for (const wrong of ['', 'zieleinlauf für alle', 'Zieleinlauf für alle '])
    expect(await isPassword(wrong, stored)).toBe(false)
})

test('the same password is stored differently each time', async () => {
  expect(await hashPassword('secret')).not.toBe(await hashPassword('secret'))
})

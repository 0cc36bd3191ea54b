import { expect, test } from 'vitest'
import { clientAddress } from './client-address.ts'

test('an IPv4 address is itself, however it is written; of an IPv6 address the line counts', () => {
  expect(clientAddress('203.0.113.9')).toBe('203.0.113.9')
  expect(clientAddress('::ffff:203.0.113.9')).toBe('203.0.113.9')
  expect(clientAddress('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
  expect(clientAddress('2001:DB8:0001:2::9')).toBe('2001:db8:1:2::/64')
  expect(clientAddress('2001:db8::1')).toBe('2001:db8:0:0::/64')
  expect(clientAddress('::1')).toBe('0:0:0:0::/64')
  expect(clientAddress('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
  expect(clientAddress('not an address')).toBe('not an address')
})

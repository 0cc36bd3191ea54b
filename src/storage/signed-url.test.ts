import { expect, test } from 'vitest'
import { signUrl, verifyUrl } from './signed-url.ts'

const secret = 'a secret of this test'
const now = new Date('2026-05-03T10:02:00Z')
const request = {
  path: '/objects/e/1/a.jpg',
  fileName: 'Läufer 7+8 & "Ziel" 100%.jpg',
  ttlSeconds: 600,
}

test('a signed URL is good for its time and at most a window more, then expired', () => {
  const signed = parts(signUrl({ ...request, now, secret }))
  const verdictAt = (time: string) => verifyUrl({ ...signed, now: new Date(time), secret })
  expect(verdictAt('2026-05-03T10:02:00Z')).toBe('ok')
  expect(verdictAt('2026-05-03T10:12:00Z')).toBe('ok')
  expect(verdictAt('2026-05-03T10:14:59.999Z')).toBe('ok')
  expect(verdictAt('2026-05-03T10:15:00Z')).toBe('expired')
})

test('the URL repeats within a window of five minutes and changes in the next', () => {
  const at = (time: string) => signUrl({ ...request, now: new Date(time), secret })
  expect(at('2026-05-03T10:00:00.001Z')).toBe(at('2026-05-03T10:05:00Z'))
  expect(at('2026-05-03T10:05:00.001Z')).not.toBe(at('2026-05-03T10:05:00Z'))
})

test('any changed, missing or added character in any part makes it invalid', () => {
  const { path, query } = parts(signUrl({ ...request, now, secret }))
  const verdict = (changed: { path: string; query: Record<string, unknown> }) =>
    verifyUrl({ ...changed, now, secret })
  for (const text of variants(path)) expect(verdict({ path: text, query })).toBe('invalid')
  for (const name of ['expires', 'filename', 'signature']) {
    for (const text of variants(query[name]!)) {
      expect(verdict({ path, query: { ...query, [name]: text } }), text).toBe('invalid')
    }
    for (const value of [undefined, '', [query[name]], 7]) {
      expect(verdict({ path, query: { ...query, [name]: value } })).toBe('invalid')
    }
  }
})

test('characters cannot move from one part to its neighbour', () => {
  const { path, query } = parts(signUrl({ ...request, now, secret }))
  const { expires = '', filename } = query
  const moved = { ...query, expires: expires.slice(0, -1), filename: expires.slice(-1) + filename }
  expect(verifyUrl({ path, query: moved, now, secret })).toBe('invalid')
})

test('another secret makes it invalid, expired or not; a parameter of somebody else does not', () => {
  const { path, query } = parts(signUrl({ ...request, now, secret }))
  const later = new Date('2027-01-01T00:00:00Z')
  expect(verifyUrl({ path, query, now, secret: 'another' })).toBe('invalid')
  expect(verifyUrl({ path, query, now: later, secret: 'another' })).toBe('invalid')
  expect(verifyUrl({ path, query: { ...query, fbclid: 'x' }, now, secret })).toBe('ok')
})

test('a file name with half a character in it can be signed', () => {
  const { path, query } = parts(signUrl({ ...request, fileName: 'a\ud83d.jpg', now, secret }))
  expect(verifyUrl({ path, query, now, secret })).toBe('ok')
})

function parts(url: string) {
  const [path = '', search] = url.split('?')
  return { path, query: Object.fromEntries(new URLSearchParams(search)) }
}

/** Each place with each of many other characters, each character left out, one added at each end. */
function variants(text: string) {
  const alphabet = 'ABCXYZabcxyz0189-_=+/ .%'
  const places = Array.from({ length: text.length }, (_, place) => place)
  const changed = places.flatMap((place) =>
    [...alphabet].map((other) => text.slice(0, place) + other + text.slice(place + 1)),
  )
  const shortened = places.map((place) => text.slice(0, place) + text.slice(place + 1))
  return [...changed, ...shortened, `${text}A`, `A${text}`].filter((variant) => variant !== text)
}

import { expect, test } from 'vitest'
import { readSettings } from './read-settings.ts'

test('what is typed becomes what the API takes', () => {
  expect(
    readSettings([
      'event_name=2026',
      'timezone=Europe/Berlin',
      'bib_search=false',
      'confidence_percentage=90',
      'retention_days_faces=null',
      'gallery_password=a=b;123',
      'motion.max_clip=20',
      'motion.strict=true',
    ]),
  ).toEqual({
    event_name: '2026',
    timezone: 'Europe/Berlin',
    bib_search: false,
    confidence_percentage: 90,
    retention_days_faces: null,
    gallery_password: 'a=b;123',
    motion: { max_clip: 20, strict: true },
  })
  expect(readSettings(['motion={"padding_end":1}'])).toEqual({ motion: { padding_end: 1 } })
})

test.each([
  ['biometric=none', /no setting "biometric"\. There are: .*biometrics/],
  ['motion.speed=3', /no setting "motion.speed"\. There are: .*motion\.sample_fps/],
  ['timezone.name=x', /no setting "timezone.name"/],
  ['constructor=1', /no setting "constructor"/],
  ['biometrics=nothing', /^biometrics: must be one of faces, none$/],
  ['bib_search=perhaps', /^bib_search: must be boolean$/],
  ['confidence_percentage=300', /^confidence_percentage: must be <= 100$/],
  ['retention_days_searches=1.5', /^retention_days_searches: must be integer$/],
  ['motion.max_clip=long', /^motion\.max_clip: must be number$/],
  ['motion={"speed":1}', /^motion\.speed: there is no such field$/],
  ['timezone', /must be name=value/],
])('%s is refused with the reason', (typed, reason) => {
  expect(() => readSettings([typed])).toThrow(reason)
})

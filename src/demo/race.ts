/** The race that the demo shows. */
export const EVENT_NAME = 'SUNRISE 10K'

export type Spot = 'park' | 'bridge' | 'finish'

export type Camera = {
  readonly spot: Spot
  readonly km: number
  readonly make: string
  readonly model: string
  readonly serial: string
  /** What its clock adds to the true local time, in seconds. */
  readonly clockErrorSeconds: number
  /** Written as OffsetTimeOriginal; `undefined`: this camera does not write one. */
  readonly offset: string | undefined
}

/** A Sunday in June, in a place two hours ahead of UTC. */
export const RACE = {
  date: '2025-06-15',
  start: '2025-06-15T07:00:00Z',
  offsetMinutes: 120,
  timezone: 'Europe/Berlin',
}

/** Three photographers, three cameras: one says its offset, one does not, one is seven minutes slow. */
export const CAMERAS: readonly Camera[] = [
  {
    spot: 'park',
    km: 2,
    make: 'Canon',
    model: 'Canon EOS R6',
    serial: '043021000817',
    clockErrorSeconds: 0,
    offset: '+02:00',
  },
  {
    spot: 'bridge',
    km: 6,
    make: 'NIKON CORPORATION',
    model: 'NIKON Z 6_2',
    serial: '3012554',
    clockErrorSeconds: 2,
    offset: undefined,
  },
  {
    spot: 'finish',
    km: 10,
    make: 'SONY',
    model: 'ILCE-7M4',
    serial: '07142268',
    clockErrorSeconds: -7 * 60,
    offset: undefined,
  },
]

import { CLOCK, clock, list, say } from './i18n/words.ts'
import type { Photo } from './types.ts'

/** A photo in words, for those who do not see it: its time and the bibs in it. */
export function describePhoto({ local_time: time, bibs }: Photo): string {
  const when = time
    ? say('photoAt', { time: clock(time, { ...CLOCK, second: '2-digit' }) })
    : say('photoUntimed')
  return bibs.length > 0 ? `${when}. ${say('bibsShown', { bibs: list(bibs) })}` : when
}

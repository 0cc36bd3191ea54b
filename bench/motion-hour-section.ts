import type { Machine } from './machine.ts'
import type { HourReport } from './motion-hour.ts'
import { measuredOn, type Section } from './report.ts'
import { figure, mebibytes, table, times } from './words.ts'

export const motionHourSection = (hour: HourReport, machine: Machine): Section => ({
  key: 'hour',
  title: 'A long video',
  body: `${measuredOn(machine)}

A film of ${figure(hour.filmSeconds / 60)} minutes (960 × 540, 30 pictures a second, grain), made by looping half a minute in which one person comes by,
indexed by two workers at two pictures a second: ${figure(hour.indexSeconds)} s, ${times(hour.filmSeconds / hour.indexSeconds)} real time. What processes held
at most in the tenth of the film before each point; of the workers the one that lived through:

${table(
  ['Of the film', 'Worker', 'ffmpeg', 'Decoder of photos'],
  hour.stations.map(({ share, held }) => [
    `${share * 100} %`,
    mebibytes(held.worker),
    mebibytes(held.ffmpeg),
    held.decoder > 0 ? mebibytes(held.decoder) : 'none runs',
  ]),
)}

The other worker was killed (SIGKILL) at ${figure(hour.killedAt * 100)} %; progress, seen to go up ${hour.steps} times, never told less than ${figure(hour.leastAfter * 100)} % afterwards: of
what was indexed nothing was lost. A selfie found the person in ${hour.found} of ${hour.passes} passes. A clip asked for in the last minute was there after
${figure(hour.clipMs)} ms and began ${hour.framesOff} pictures from the one asked for.`,
})

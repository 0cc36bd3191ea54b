import { CAMERAS, type Camera, RACE } from './race.ts'
import type { Random } from './random.ts'
import { RUNNERS, type Runner } from './runners.ts'

export type PlannedPhoto = {
  readonly camera: Camera
  /** Number in the file name, as the camera counts. */
  readonly frame: number
  /** When it really was. */
  readonly takenAt: Date
  /** The first is in front. */
  readonly runners: readonly Runner[]
}

/** Waves start 55 minutes apart, so that the race fills the morning. */
const WAVE_MINUTES = 55

/**
 * Who is photographed where and when: every runner passes each camera in turn and alone, with one or with two others
 * of the same wave.
 */
export function planPhotos(count: number, random: Random): PlannedPhoto[] {
  const photos = Array.from({ length: count }, (_, i) => {
    const camera = CAMERAS[i % CAMERAS.length]!
    const front =
      RUNNERS[(Math.floor(i / CAMERAS.length) + (i % CAMERAS.length) * 4) % RUNNERS.length]!
    const beside = RUNNERS.filter((other) => other !== front && waveOf(other) === waveOf(front))
    const first = Math.floor(random.between(0, beside.length))
    const others = [...beside.slice(first), ...beside.slice(0, first)].slice(
      0,
      random.pick([0, 1, 1, 2]),
    )
    return { camera, takenAt: passingTime(front, camera, random), runners: [front, ...others] }
  })
  const inTime = photos.sort((a, b) => a.takenAt.getTime() - b.takenAt.getTime())
  return inTime.map((photo, i) => ({ ...photo, frame: 4100 + i * 3 }))
}

const waveOf = ({ pace }: Runner) => (pace < 5.1 ? 0 : pace < 5.7 ? 1 : 2)

function passingTime(runner: Runner, { km }: Camera, random: Random): Date {
  const minutes = waveOf(runner) * WAVE_MINUTES + runner.pace * km + random.between(-0.4, 0.4)
  return new Date(Date.parse(RACE.start) + Math.round(minutes * 60_000))
}

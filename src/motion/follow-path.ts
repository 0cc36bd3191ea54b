/** At most so many turns of the crop: ffmpeg evaluates them for each picture. */
const MAX_KNOTS = 24
/** The camera man's hand: positions are averaged over so long. */
const SMOOTH_SECONDS = 0.8

/** Numbers for each point of a path: `t, x, y, width, height`. */
const FIELDS = 5

/** One path of several, in order of time: where two tell of the same time, the one that comes first counts. */
export function joinPaths(paths: readonly (readonly number[])[]): number[] {
  const spans: { from: number; to: number }[] = []
  const points: (readonly number[])[] = []
  for (const path of paths) {
    for (let i = 0; i + FIELDS <= path.length; i += FIELDS) {
      const seconds = path[i] ?? 0
      if (spans.every(({ from, to }) => seconds < from || seconds > to))
        points.push(path.slice(i, i + FIELDS))
    }
    spans.push({ from: path[0] ?? 0, to: path.at(-FIELDS) ?? 0 })
  }
  return points.sort(([a = 0], [b = 0]) => a - b).flat()
}

/**
 * How an upright crop moves to keep a person in its middle: its left edge as a share of the free width, along time in the clip.
 *
 * @param path `t, x, y, width, height` for each sample, shares of the picture and seconds of the video
 */
export function followPath(
  path: readonly number[],
  {
    width,
    height,
    startSeconds,
    endSeconds,
  }: { width: number; height: number; startSeconds: number; endSeconds: number },
): { seconds: number; share: number }[] {
  const points: { seconds: number; centre: number }[] = []
  for (let i = 0; i + FIELDS <= path.length; i += FIELDS) {
    const [seconds = 0, x = 0, , faceWidth = 0] = path.slice(i, i + FIELDS)
    if (seconds >= startSeconds - 1 && seconds <= endSeconds + 1)
      points.push({ seconds, centre: x + faceWidth / 2 })
  }
  const crop = Math.min(1, (height * 9) / 16 / width || 1)
  const free = 1 - crop
  const shareOf = (centre: number) =>
    free <= 0 ? 0.5 : Math.min(1, Math.max(0, (centre - crop / 2) / free))
  if (points.length === 0) return [{ seconds: 0, share: 0.5 }]
  const smooth = points.map(({ seconds }) => {
    const near = points.filter((other) => Math.abs(other.seconds - seconds) <= SMOOTH_SECONDS / 2)
    const centre = near.reduce((sum, other) => sum + other.centre, 0) / near.length
    return { seconds: Math.max(0, seconds - startSeconds), share: shareOf(centre) }
  })
  const every = Math.ceil(smooth.length / MAX_KNOTS)
  return smooth
    .filter((_, i) => i % every === 0 || i === smooth.length - 1)
    .filter((knot, i, all) => i === 0 || knot.seconds - all[i - 1]!.seconds > 0.05)
}

type Fields = Record<string, string>

/** The wall time of an instant in a zone, to the second, as `datetime-local` takes it: 2026-06-14T10:00:00. */
export function wallTimeOf(instant: Date, zone: string): string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  const parts = format.formatToParts(instant).map(({ type, value }) => [type, value])
  const { year, month, day, hour, minute, second }: Fields = Object.fromEntries(parts)
  return `${year}-${month}-${day}T${hour}:${minute}:${second}`
}

/**
 * The instant at which clocks of a zone show a wall time. One that is shown twice, as clocks go back, is either of both; one that
 * clocks leave out is up to an hour beside it.
 *
 * @param wall 2026-06-14T10:00, seconds and their fractions may follow
 */
export function instantAt(wall: string, zone: string): Date {
  const wanted = Date.parse(`${wall}Z`)
  let guess = wanted
  // The offset at the guess; once more, as the first guess may lie beyond a change of clocks.
  for (let round = 0; round < 2; round += 1)
    guess =
      wanted -
      (Date.parse(`${wallTimeOf(new Date(guess), zone)}Z`) - Math.floor(guess / 1000) * 1000)
  return new Date(guess)
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** The wall time of an instant in a zone, `YYYY-MM-DDTHH:mm:ss`. Making a format costs 50 times what using it does. */
export function localTime(instant: Date, timeZone: string): string {
  let format = formats.get(timeZone)
  if (!format) {
    // Swedish writes dates the way ISO 8601 does.
    format = new Intl.DateTimeFormat('sv-SE', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    formats.set(timeZone, format)
  }
  return format.format(instant).replace(' ', 'T')
}

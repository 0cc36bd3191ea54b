/**
 * Text of a file whose encoding nobody named: what its byte order mark says, else UTF-8, else Windows-1252 (a superset
 * of Latin-1), which is what spreadsheets of Western Europe save. The mark is not part of the text.
 */
export function decodeText(file: string | Uint8Array): string {
  if (typeof file === 'string') return file.replace(/^\uFEFF/, '')
  if (file[0] === 0xff && file[1] === 0xfe) return new TextDecoder('utf-16le').decode(file)
  if (file[0] === 0xfe && file[1] === 0xff) return new TextDecoder('utf-16be').decode(file)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(file)
  } catch {
    return new TextDecoder('windows-1252').decode(file)
  }
}

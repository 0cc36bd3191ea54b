import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { ReadableStream } from 'node:stream/web'
import { nameOf, type PhotoFile } from './find-photo-files.ts'
import { UnreadableFile, whyUnreadable } from './unreadable.ts'

/**
 * A form with one file, read as it is sent. `fs.openAsBlob` with `FormData` would do the same, but ends the whole process when the
 * file changes meanwhile (Node 24).
 */
export function multipartBody(file: PhotoFile): { contentType: string; body: ReadableStream } {
  const boundary = `trackside-${randomUUID()}`
  const head =
    `--${boundary}\r\n` +
    `Content-Disposition: form-data; name="file"; filename="${escapeName(nameOf(file))}"\r\n` +
    'Content-Type: application/octet-stream\r\n\r\n'
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: ReadableStream.from(framed(file, { head, tail: `\r\n--${boundary}--\r\n` })),
  }
}

async function* framed({ path }: PhotoFile, { head, tail }: { head: string; tail: string }) {
  yield Buffer.from(head)
  try {
    yield* createReadStream(path)
  } catch (cause) {
    throw new UnreadableFile(whyUnreadable(cause) ?? String(cause), { cause })
  }
  yield Buffer.from(tail)
}

/** As browsers do (HTML standard, multipart/form-data encoding algorithm). */
const escapeName = (name: string) =>
  name.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22')

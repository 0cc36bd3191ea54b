import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type MediaFile, nameOf } from './find-files.ts'
import { UnreadableFile, whyUnreadable } from './unreadable.ts'

/**
 * A form with one file, read as it is sent. `fs.openAsBlob` with `FormData` would do the same, but ends the whole process when the
 * file changes meanwhile (Node 24).
 */
export function multipartBody(file: MediaFile): { contentType: string; body: ReadableStream } {
  const boundary = `trackside-${randomUUID()}`
  const head =
    `--${boundary}\r\n` +
    `Content-Disposition: form-data; name="file"; filename="${escapeName(nameOf(file))}"\r\n` +
    'Content-Type: application/octet-stream\r\n\r\n'
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: toStream(framed(file, { head, tail: `\r\n--${boundary}--\r\n` })),
  }
}

async function* framed(
  { path }: MediaFile,
  { head, tail }: { head: string; tail: string },
): AsyncGenerator<Buffer, void> {
  yield Buffer.from(head)
  try {
    yield* createReadStream(path)
  } catch (cause) {
    throw new UnreadableFile(whyUnreadable(cause) ?? String(cause), { cause })
  }
  yield Buffer.from(tail)
}

/** `ReadableStream.from`, which the types of the web do not know. */
export const toStream = (parts: AsyncGenerator<Buffer, void>) =>
  new ReadableStream({
    async pull(controller: ReadableStreamDefaultController<Buffer>) {
      const { value } = await parts.next()
      if (value) controller.enqueue(value)
      else controller.close()
    },
    async cancel() {
      await parts.return()
    },
  })

/** As browsers do (HTML standard, multipart/form-data encoding algorithm). */
const escapeName = (name: string) =>
  name.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22')

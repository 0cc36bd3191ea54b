import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { create as contentDisposition } from 'content-disposition'
import { assertRange } from '../byte-range.ts'
import { contentTypeOf } from '../content-type-of.ts'
import { assertKey } from '../keys.ts'
import type { ObjectStore } from '../object-store.ts'
import { connectToS3, type S3Connection, type S3Settings } from './connection.ts'
import { openObject } from './open-object.ts'
import { putObject } from './put-object.ts'
import { S3Failure, undefinedIfMissing } from './s3-failure.ts'
import { allOf, escapeXml, textOf } from './xml.ts'

export type { S3Settings } from './connection.ts'

export type S3Store = ObjectStore & {
  /** Makes the bucket when there is none. @throws S3Failure saying what to change when the store refuses. */
  prepareBucket(): Promise<void>
}

/** Within one window the same object gets the same URL, so browsers and CDNs find it in their caches. */
const WINDOW_SECONDS = 300
/** Reading a long video for one job takes minutes. */
const LOCATED_SECONDS = 3600
/** Objects in one bucket of Amazon S3, or of a store that speaks its language. */
export function createS3Store(settings: S3Settings): S3Store {
  const connection = connectToS3(settings)
  const { keysAtOnce = 1000 } = settings

  const open: ObjectStore['open'] = async (key, range) => {
    assertKey(key)
    if (!range) return openObject(connection, key)
    assertRange(range)
    if (range.start < range.end) return openObject(connection, key, range)
    return (await store.stat(key)) && Readable.from([])
  }

  const store: S3Store = {
    async put(key, body, signal) {
      assertKey(key)
      await putObject(connection, key, body, signal)
    },

    async stat(key) {
      assertKey(key)
      const found = await connection.ask({ method: 'HEAD', key }).catch(undefinedIfMissing)
      return (
        found && {
          bytes: Number(found.headers['content-length']),
          modifiedAt: new Date(found.headers['last-modified'] ?? 0),
        }
      )
    },

    async find(key) {
      const object = await store.stat(key)
      // Nothing is open between the two.
      return object && { ...object, read: (range) => open(key, range), close: () => {} }
    },

    open,

    async read(key) {
      const stream = await open(key)
      return stream && buffer(stream)
    },

    async remove(key) {
      assertKey(key)
      await connection.ask({ method: 'DELETE', key }).catch(undefinedIfMissing)
    },

    async removeFolder(prefix) {
      let keys: string[] = []
      for await (const key of store.list(prefix)) {
        keys.push(key)
        if (keys.length < keysAtOnce) continue
        await removeAll(connection, keys)
        keys = []
      }
      await removeAll(connection, keys)
    },

    async *list(prefix) {
      assertKey(prefix)
      const query = {
        'list-type': '2',
        prefix: `${prefix}/`,
        'encoding-type': 'url',
        'max-keys': String(keysAtOnce),
      }
      for (let next: string | undefined = ''; next !== undefined; ) {
        const from = next && { 'continuation-token': next }
        const { text } = await connection.ask({ method: 'GET', query: { ...query, ...from } })
        for (const entry of allOf(text, 'Contents'))
          yield decodeURIComponent(textOf(entry, 'Key')?.replaceAll('+', ' ') ?? '')
        next = textOf(text, 'NextContinuationToken')
      }
    },

    presign(key, { ttlSeconds, fileName }) {
      assertKey(key)
      const now = new Date()
      // Rounded down, as stores refuse what is signed in the future; so it has to last a window longer.
      now.setTime(Math.floor(now.getTime() / 1000 / WINDOW_SECONDS) * WINDOW_SECONDS * 1000)
      const query = {
        'response-content-disposition': contentDisposition(fileName.toWellFormed()),
        'response-content-type': contentTypeOf(fileName),
      }
      return connection.presign(key, {
        now,
        ttlSeconds: Math.ceil(ttlSeconds) + WINDOW_SECONDS,
        query,
      })
    },

    locate(key) {
      assertKey(key)
      return connection.presign(key, { now: new Date(), ttlSeconds: LOCATED_SECONDS, query: {} })
    },

    sweepTemporary: (olderThanMs) => abortOldUploads(connection, olderThanMs),

    async prepareBucket() {
      try {
        await connection.ask({ method: 'GET', query: { 'list-type': '2', 'max-keys': '1' } })
      } catch (error) {
        if (!(error instanceof S3Failure) || error.code !== 'NoSuchBucket') throw error
        await connection.ask({ method: 'PUT' })
      }
    },
  }
  return store
}

async function removeAll(connection: S3Connection, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  const objects = keys.map((key) => `<Object><Key>${escapeXml(key)}</Key></Object>`)
  const body = Buffer.from(`<Delete><Quiet>true</Quiet>${objects.join('')}</Delete>`)
  const { text } = await connection.ask({
    method: 'POST',
    query: { delete: '' },
    headers: { 'content-md5': createHash('md5').update(body).digest('base64') }, // S3 insists on one
    body,
  })
  const [refused] = allOf(text, 'Error')
  if (refused)
    throw new Error(
      `Object ${textOf(refused, 'Key')} could not be removed: ${textOf(refused, 'Message')}`,
    )
}

/** Uploads that nobody completed: of processes that were killed, or that could not reach the store any more. */
async function abortOldUploads(connection: S3Connection, olderThanMs: number): Promise<number> {
  const before = Date.now() - olderThanMs
  let removed = 0
  let from = {}
  for (let isMore = true; isMore; ) {
    const { text } = await connection.ask({ method: 'GET', query: { uploads: '', ...from } })
    for (const upload of allOf(text, 'Upload')) {
      const [key, uploadId] = [textOf(upload, 'Key') ?? '', textOf(upload, 'UploadId') ?? '']
      if (Date.parse(textOf(upload, 'Initiated') ?? '') > before) continue
      await connection.ask({ method: 'DELETE', key, query: { uploadId } }).catch(undefinedIfMissing) // completed since
      removed++
    }
    isMore = textOf(text, 'IsTruncated') === 'true'
    from = {
      'key-marker': textOf(text, 'NextKeyMarker') ?? '',
      'upload-id-marker': textOf(text, 'NextUploadIdMarker') ?? '',
    }
  }
  return removed
}

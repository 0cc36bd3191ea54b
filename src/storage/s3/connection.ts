import http from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { errorCodeOf } from '../../lib/error-code-of.ts'
import { withRetries } from './retry.ts'
import { S3Failure, StoreStalled, UNREACHABLE } from './s3-failure.ts'
import {
  type Credentials,
  canonicalQuery,
  presignQuery,
  type Query,
  sha256Hex,
  signRequest,
} from './sign.ts'
import { textOf } from './xml.ts'

export type S3Settings = {
  /** Of the service, without the bucket: `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string
  /** How browsers reach it, where that differs: presigned URLs go there. */
  readonly publicEndpoint?: string
  readonly region: string
  readonly bucket: string
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. */
  readonly pathStyle: boolean
  readonly credentials: Credentials
  /** Nothing sent and nothing received for so long is a stall. */
  readonly idleMs?: number
  /** How many keys are listed and removed in one request; S3 allows 1,000. */
  readonly keysAtOnce?: number
}

export type S3Request = {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Undefined: of the bucket itself. */
  key?: string
  query?: Query
  headers?: Record<string, string>
  body?: Uint8Array
  signal?: AbortSignal | undefined
}

export type S3Connection = ReturnType<typeof connectToS3>

const IDLE_MS = 20_000
const MAX_SOCKETS = 64
const EMPTY = new Uint8Array()

/** Signed requests to one bucket. Connects to nothing before the first. */
export function connectToS3(settings: S3Settings) {
  const { bucket, region, credentials, idleMs = IDLE_MS } = settings
  const signer = { region, credentials }
  const inside = placeOf(settings, settings.endpoint)
  const outside = placeOf(settings, settings.publicEndpoint ?? settings.endpoint)
  const { Agent, request: open } = inside.protocol === 'https:' ? https : http
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS })

  /** One attempt, up to the head of a good answer. @throws S3Failure, StoreStalled, system errors */
  async function sendOnce(asked: S3Request): Promise<http.IncomingMessage> {
    const { method, key, query = {}, headers = {}, body = EMPTY, signal } = asked
    const path = key === undefined ? inside.path || '/' : `${inside.path}/${key}`
    const request = { method, path, query, headers, host: inside.host, now: new Date() }
    const signed = signRequest(signer, request, sha256Hex(body))
    const search = canonicalQuery(query)
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const outgoing = open({
        agent,
        hostname: inside.hostname,
        port: inside.port,
        method,
        path: search ? `${path}?${search}` : path,
        headers: { ...signed, 'content-length': body.length },
        ...(signal && { signal }),
      })
      outgoing.setTimeout(idleMs, () =>
        outgoing.destroy(new StoreStalled(`The store at ${inside.host} does not answer`)),
      )
      outgoing.once('response', resolve).on('error', (error) => {
        const code = errorCodeOf(error) ?? ''
        const why = `The store at ${inside.host} cannot be reached (${code})`
        reject(UNREACHABLE.has(code) ? new StoreStalled(why, { cause: error }) : error)
      })
      outgoing.end(body)
    })
    if ((answer.statusCode ?? 500) < 300) return answer
    throw await failureOf(asked, answer)
  }

  async function failureOf({ method, key }: S3Request, answer: http.IncomingMessage) {
    const said = await text(answer).catch(() => '') // cut off: the status says enough
    const code = textOf(said, 'Code') ?? ''
    const what = `${method} ${key ?? ''} in bucket ${bucket} at ${inside.host}`
    return new S3Failure(what, { status: answer.statusCode ?? 0, code })
  }

  return {
    idleMs,
    sendOnce,
    /** The head of a good answer; its body is the caller's to read. Tried again while the store stumbles. */
    send: (asked: S3Request) => withRetries(() => sendOnce(asked), asked.signal),
    /** Head and text of a good answer: for everything but objects. */
    ask: (asked: S3Request) =>
      withRetries(async () => {
        const answer = await sendOnce(asked)
        const said = await text(answer)
        // Long work is answered with 200 before it ends: how it ended stands in the body.
        const code = said.includes('<Error>') && textOf(said, 'Code')
        if (!code) return { headers: answer.headers, text: said }
        throw new S3Failure(`${asked.method} ${asked.key ?? ''} in bucket ${bucket}`, {
          status: 500,
          code,
        })
      }, asked.signal),
    /** An absolute URL that reads one object. */
    presign(
      key: string,
      { now, ttlSeconds, query }: { now: Date; ttlSeconds: number; query: Query },
    ) {
      const path = `${outside.path}/${key}`
      const signed = presignQuery(signer, { host: outside.host, path, query, now, ttlSeconds })
      return `${outside.protocol}//${outside.host}${path}?${signed}`
    },
  }
}

/** Where a bucket lies: in the path, or in the name of the host. */
function placeOf({ bucket, pathStyle }: S3Settings, endpoint: string) {
  const { protocol, host, hostname, port, pathname } = new URL(endpoint)
  const base = pathname.replace(/\/+$/, '')
  const inHost = pathStyle ? '' : `${bucket}.`
  return {
    protocol,
    host: inHost + host,
    hostname: inHost + hostname.replace(/^\[|\]$/g, ''),
    port,
    path: pathStyle ? `${base}/${bucket}` : base,
  }
}

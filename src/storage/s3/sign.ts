import { createHash, createHmac } from 'node:crypto'

export type Credentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary credentials. */
  readonly sessionToken?: string
}

/** Whom and for where to sign. */
export type Signer = { readonly region: string; readonly credentials: Credentials }

export type Query = Readonly<Record<string, string>>

type ToSign = {
  method: string
  host: string
  /** Percent-encoded as it goes over the wire. */
  path: string
  query: Query
  /** Lower-case names; each is signed. */
  headers: Readonly<Record<string, string>>
  now: Date
}

const ALGORITHM = 'AWS4-HMAC-SHA256'

/**
 * The headers that make a request count as ours: AWS Signature Version 4.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 *
 * @param payloadHash sha256 of the body in hex: the store refuses a body that was changed on the way
 */
export function signRequest(
  signer: Signer,
  { headers, now, host, ...request }: ToSign,
  payloadHash: string,
): Record<string, string> {
  const { sessionToken } = signer.credentials
  const time = timeOf(now)
  const signed = {
    ...headers,
    host,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': time,
    ...(sessionToken && { 'x-amz-security-token': sessionToken }),
  }
  const query = canonicalQuery(request.query)
  const names = Object.keys(signed).sort().join(';')
  const signature = sign(signer, time, { ...request, query, headers: signed, payloadHash })
  const credential = `${signer.credentials.accessKeyId}/${scopeOf(signer, time)}`
  return {
    ...signed,
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  }
}

/**
 * The query that lets whoever has it read one object: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 *
 * @param ttlSeconds counted from `now`; stores refuse more than seven days
 */
export function presignQuery(
  signer: Signer,
  {
    host,
    path,
    query,
    now,
    ttlSeconds,
  }: Omit<ToSign, 'method' | 'headers'> & { ttlSeconds: number },
): string {
  const { accessKeyId, sessionToken } = signer.credentials
  const time = timeOf(now)
  const toSign = canonicalQuery({
    ...query,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${accessKeyId}/${scopeOf(signer, time)}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(ttlSeconds),
    'X-Amz-SignedHeaders': 'host',
    ...(sessionToken && { 'X-Amz-Security-Token': sessionToken }),
  })
  const signature = sign(signer, time, {
    method: 'GET',
    path,
    query: toSign,
    headers: { host },
    payloadHash: 'UNSIGNED-PAYLOAD',
  })
  return `${toSign}&X-Amz-Signature=${signature}`
}

/** Names and values percent-encoded as RFC 3986 has it, in order of name: both what is signed and what is sent. */
export const canonicalQuery = (query: Query): string =>
  Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')

export const sha256Hex = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex')

type Canonical = Omit<ToSign, 'query' | 'host' | 'now'> & { query: string; payloadHash: string }

function sign(signer: Signer, time: string, request: Canonical): string {
  const { method, path, query, headers, payloadHash } = request
  const names = Object.keys(headers).sort()
  const lines = names.map((name) => `${name}:${headers[name]?.trim().replace(/ +/g, ' ')}\n`)
  const canonical = [method, path, query, lines.join(''), names.join(';'), payloadHash].join('\n')
  const text = [ALGORITHM, time, scopeOf(signer, time), sha256Hex(canonical)].join('\n')
  return createHmac('sha256', dayKey(signer, time.slice(0, 8)))
    .update(text)
    .digest('hex')
}

/** Keys of a day by signer: four of the five HMACs of a signature are the same all day. */
const dayKeys = new WeakMap<Credentials, Map<string, Buffer>>()

function dayKey({ region, credentials }: Signer, day: string): Buffer {
  const known = dayKeys.get(credentials) ?? new Map<string, Buffer>()
  dayKeys.set(credentials, known)
  const name = `${day}/${region}`
  const found = known.get(name)
  if (found) return found
  let key = Buffer.from(`AWS4${credentials.secretAccessKey}`)
  for (const part of [day, region, 's3', 'aws4_request'])
    key = createHmac('sha256', key).update(part).digest()
  known.clear() // yesterday's
  known.set(name, key)
  return key
}

const scopeOf = ({ region }: Signer, time: string) =>
  `${time.slice(0, 8)}/${region}/s3/aws4_request`

/** `20130524T000000Z` */
const timeOf = (date: Date) => `${date.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`

const encode = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )

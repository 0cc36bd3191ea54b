import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitting, hostileText, hostileValue, nearlyFitting } from './arbitrary.ts'
import { listOperations, type Operation, type Parameter, type Schema } from './operations.ts'
import { startTwoTenants } from './two-tenants.ts'

const { app, ours } = await startTwoTenants()
const operations = await listOperations(app)
/** `npm run fuzz` asks more and differently each time; a failure prints its seed. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 40)
const SEED = process.env.FUZZ_SEED === 'random' ? Date.now() : Number(process.env.FUZZ_SEED ?? 1)

type Asked = {
  url: string
  headers: Record<string, string>
  payload: string | Buffer | undefined
}

const KNOWN: Record<string, string> = {
  org_id: String(ours.orgId),
  event_id: String(ours.eventId),
  slug: 'ours',
}

/** A value that gets the request past the first check in most runs, and a hostile one in the others. */
const pathPart = ({ name, schema }: Parameter): fc.Arbitrary<string> => {
  const good = KNOWN[name] === undefined ? fitting(schema).map(String) : fc.constant(KNOWN[name])
  return fc.oneof({ weight: name === 'org_id' ? 12 : 4, arbitrary: good }, hostileText)
}

const queryOf = (parameters: readonly Parameter[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      ...parameters.map(({ name, schema }) =>
        fc
          .option(fc.oneof({ weight: 3, arbitrary: fitting(schema).map(String) }, hostileText), {
            nil: undefined,
          })
          .map((value) => (value === undefined ? [] : [[name, value] as const])),
      ),
      fc.array(fc.tuple(hostileText, hostileText), { maxLength: 2 }),
      fc.boolean(),
    )
    .map((parts) => {
      const pairs = (parts.slice(0, -1) as [string, string][][]).flat()
      const text = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
      return parts.at(-1) ? `${text}&${text}` : text // twice: an array where a text was expected
    })

/** Percent-encoded; what is already an escape, or half of one, stays. */
const encode = (text: string) =>
  text.startsWith('%')
    ? text.replace(/[^\x21-\x7e]|[#?&]/g, '')
    : encodeURIComponent(text.toWellFormed())

type Sent = { type?: string; payload?: string | Buffer }

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const TYPES = [
  'application/json',
  'application/json; charset=utf-7',
  'text/csv',
  'text/plain',
  'image/png',
  'image/svg+xml',
  'multipart/form-data',
  'multipart/form-data; boundary=x',
  'multipart/form-data; boundary=""',
  'application/x-www-form-urlencoded',
  'application/xml',
  'nonsense',
  ';',
]

const formPart = fc
  .tuple(hostileText, fc.option(hostileText, { nil: undefined }), bytes, fc.boolean())
  .map(([name, fileName, body, isWhole]) =>
    Buffer.concat([
      Buffer.from(
        `--x\r\nContent-Disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}\r\n\r\n`,
      ),
      body,
      Buffer.from(isWhole ? '\r\n' : ''),
    ]),
  )
const form: fc.Arbitrary<Sent> = fc
  .tuple(fc.array(formPart, { maxLength: 4 }), fc.boolean())
  .map(([parts, isClosed]) => ({
    type: 'multipart/form-data; boundary=x',
    payload: Buffer.concat([...parts, Buffer.from(isClosed ? '--x--\r\n' : '')]),
  }))

const jsonOf = (value: unknown): Sent => ({
  type: 'application/json',
  payload: JSON.stringify(value) ?? 'undefined',
})
const fileOf = ([type, payload]: [string, Buffer]): Sent => ({ type, payload })

function bodyOf({ bodies, method }: Operation): fc.Arbitrary<Sent> {
  if (method === 'GET') return fc.constant({})
  const schema: Schema | undefined = bodies.find(([type]) => type === 'application/json')?.[1]
  const wanted = bodies.map(([type]) => type)
  return fc.oneof(
    ...(schema
      ? [
          { weight: 3, arbitrary: fitting(schema).map(jsonOf) },
          { weight: 6, arbitrary: nearlyFitting(schema).map(jsonOf) },
        ]
      : []),
    ...(wanted.some((type) => type.startsWith('multipart'))
      ? [{ weight: 6, arbitrary: form }]
      : []),
    ...(wanted.length > 0
      ? [{ weight: 4, arbitrary: fc.tuple(fc.constantFrom(...wanted), bytes).map(fileOf) }]
      : []),
    { weight: 2, arbitrary: hostileValue.map(jsonOf) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...TYPES), bytes).map(fileOf) },
    {
      weight: 1,
      arbitrary: fc.constant<Sent>({ type: 'application/json', payload: '{"__proto__":{"a":1}' }),
    },
    { weight: 1, arbitrary: fc.constant<Sent>({}) },
  )
}

/** What a header may hold: Node refuses the rest before it reaches us. */
const headerText = hostileText.map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, ''))
const EXTRA = [
  'range',
  'if-range',
  'if-none-match',
  'accept',
  'accept-encoding',
  'host',
  'origin',
  'cookie',
  'x-forwarded-for',
  'content-encoding',
  'x-http-method-override',
]
const extraHeaders = fc.dictionary(fc.constantFrom(...EXTRA), headerText, { maxKeys: 3 })

const requestOf = (operation: Operation): fc.Arbitrary<Asked> => {
  const inPath = operation.parameters.filter((parameter) => parameter.in === 'path')
  const inQuery = operation.parameters.filter((parameter) => parameter.in === 'query')
  return fc
    .tuple(
      fc.tuple(...inPath.map(pathPart)),
      queryOf(inQuery),
      bodyOf(operation),
      extraHeaders,
      fc.oneof({ weight: 20, arbitrary: fc.constant(ours.key) }, headerText),
    )
    .map(([parts, query, { type, payload }, extra, key]) => {
      const values = new Map(inPath.map(({ name }, i) => [name, parts[i] ?? '']))
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
        encode(values.get(name) ?? ''),
      )
      return {
        url: query ? `${path}?${query}` : path,
        headers: {
          ...extra,
          'x-api-key': key,
          ...(type !== undefined && { 'content-type': type }),
        },
        payload,
      }
    })
}

test.each(operations.map((operation) => [operation.id, operation] as const))(
  '%s answers whatever it is sent with an envelope, and never with a failure of ours',
  async (_, operation) => {
    await fc.assert(
      fc.asyncProperty(requestOf(operation), async ({ url, headers, payload }) => {
        const answer = await app.inject({
          method: operation.method,
          url,
          headers,
          ...(payload !== undefined && { payload }),
        })
        const code = answer.headers['x-error-code']
        if (answer.statusCode >= 500 && code !== 'video_unavailable')
          throw new Error(`${answer.statusCode} ${answer.body}`)
        expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
        expect(answer.headers['set-cookie']).toBeUndefined()
        if (answer.statusCode < 400) return
        expect(Object.keys(answer.json())).toEqual(['responseType', 'message', 'data'])
        expect(code).toMatch(/^[a-z_]+$/)
      }),
      { numRuns: RUNS, seed: SEED },
    )
  },
)

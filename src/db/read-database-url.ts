import { readFileSync } from 'node:fs'
import type pg from 'pg'

const MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const
type Mode = (typeof MODES)[number]

/** What libpq's URLs say about TLS. Read here: `pg` gives `require` another meaning, which its next version changes. */
const PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey']

/**
 * A PostgreSQL URL as options for a pool. TLS as libpq means it: `require` encrypts and trusts whoever answers (with a CA, it is
 * checked too), `verify-ca` wants a certificate of that CA, or of a public one, `verify-full` also the right name; without
 * `sslmode` there is no TLS, with `sslrootcert` alone it is `verify-full`.
 * @param name of the variable, for messages
 * @throws Error that names what is wrong with it, never the URL itself: it holds the password
 */
export function readDatabaseUrl(text: string, name: string): pg.PoolConfig {
  if (!/^(postgres(ql)?|socket):/.test(text))
    throw new Error(
      `${name} must be a URL such as postgres://user:password@db.example.org/trackside`,
    )
  // Not by URL: it refuses libpq's form for sockets, postgres://user@/name?host=/run/postgresql.
  const [place = '', query = ''] = text.split('?', 2)
  const parameters = new URLSearchParams(query)
  const [mode, ca, cert, key] = PARAMETERS.map((name) => parameters.get(name) || undefined)
  for (const parameter of PARAMETERS) parameters.delete(parameter)
  const ssl = readTls(
    { mode: readMode(mode ?? (ca ? 'verify-full' : 'disable'), name), ca, cert, key },
    name,
  )
  const connectionString = parameters.size > 0 ? `${place}?${parameters}` : place
  return { connectionString, ssl }
}

function readTls(
  { mode, ca, cert, key }: { mode: Mode } & Record<'ca' | 'cert' | 'key', string | undefined>,
  name: string,
): pg.PoolConfig['ssl'] {
  if (mode === 'disable') return false
  const read = (parameter: string, file: string | undefined) =>
    file && readFile(file, `${name}: ${parameter}`)
  return {
    ...(ca && { ca: read('sslrootcert', ca) }),
    ...(cert && { cert: read('sslcert', cert) }),
    ...(key && { key: read('sslkey', key) }),
    rejectUnauthorized: mode !== 'require' || ca !== undefined,
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  }
}

function readMode(text: string, name: string): Mode {
  const mode = MODES.find((known) => known === text)
  if (mode) return mode
  throw new Error(
    `${name}: sslmode must be one of ${MODES.join(', ')}, not "${text}"` +
      (text === 'prefer' || text === 'allow'
        ? ': whether a connection is safe must not depend on luck'
        : ''),
  )
}

function readFile(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Error(`${what} cannot be read: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readDatabaseUrl } from './read-database-url.ts'

let folder: string
let ca: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trackside-url-'))
  ca = join(folder, 'ca.pem')
  await writeFile(ca, 'certificate')
})
afterAll(() => rm(folder, { recursive: true }))

const read = (parameters: string) =>
  readDatabaseUrl(`postgres://me:secret@db.example.org/track${parameters}`, 'DATABASE_URL')

test('TLS is as libpq means it, and other parameters stay in the URL', () => {
  expect(read('?application_name=x')).toEqual({
    connectionString: 'postgres://me:secret@db.example.org/track?application_name=x',
    ssl: false,
  })
  const socket = 'postgres://me@/track?host=%2Frun%2Fpostgresql'
  expect(readDatabaseUrl(socket, 'DATABASE_URL').connectionString).toBe(socket)
  expect(read('?sslmode=require').ssl).toMatchObject({ rejectUnauthorized: false })
  const withCa = { ca: 'certificate', rejectUnauthorized: true }
  expect(read(`?sslmode=require&sslrootcert=${ca}`).ssl).toMatchObject(withCa)
  const anyName = read(`?sslmode=verify-ca&sslrootcert=${ca}`)
  expect(anyName.ssl).toMatchObject({ ...withCa, checkServerIdentity: expect.any(Function) })
  expect(anyName.connectionString).not.toContain('ssl')
  for (const full of [`?sslrootcert=${ca}`, `?sslmode=verify-full&sslrootcert=${ca}`])
    expect(read(full).ssl).toEqual(withCa)
})

test('a server is reached by its socket too', () => {
  for (const url of ['postgres://me@/track?host=%2Frun%2Fdb&port=5433', 'postgres:///track'])
    expect(readDatabaseUrl(url, 'DATABASE_URL')).toEqual({ connectionString: url, ssl: false })
})

test('what is wrong is named, never with the password', () => {
  const message = (parameters: string) => {
    try {
      read(parameters)
      return ''
    } catch (error) {
      return String(error)
    }
  }
  expect(message('?sslmode=prefer')).toContain('sslmode must be one of disable, require')
  expect(message('?sslmode=require&sslrootcert=/none.pem')).toMatch(
    /DATABASE_URL: sslrootcert cannot be read: ENOENT.*none\.pem/,
  )
  for (const parameters of ['?sslmode=prefer', '?sslmode=require&sslrootcert=/none.pem'])
    expect(message(parameters)).not.toContain('secret')
  expect(() => readDatabaseUrl('db.example.org:secret', 'DATABASE_URL')).toThrow(
    /^DATABASE_URL must be a URL such as postgres:/,
  )
})

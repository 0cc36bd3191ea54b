import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import type { Table } from './manifest.ts'

/** Writes what a COPY … TO STDOUT says into a file of the backup, durably. */
export async function writeTable(
  client: pg.PoolClient,
  { folder, name, columns, sql }: { folder: string; name: string; columns: string[]; sql: string },
): Promise<Table> {
  const file = `tables/${name}.copy.zst`
  const source = client.query(copyTo(sql))
  const hash = createHash('sha256')
  let bytes = 0
  const measure = new PassThrough()
  measure.on('data', (chunk: Buffer) => {
    hash.update(chunk)
    bytes += chunk.length
  })
  await pipeline(
    source,
    createZstdCompress(),
    measure,
    createWriteStream(path.join(folder, file), { flags: 'wx', mode: 0o600, flush: true }),
  )
  return { name, columns, rows: source.rowCount, file, bytes, sha256: hash.digest('hex') }
}

/** Sends a file of the backup into a COPY … FROM STDIN. @throws Error when it holds another number of rows than it says */
export async function readTable(
  client: pg.PoolClient,
  { folder, table, sql }: { folder: string; table: Table; sql: string },
): Promise<void> {
  const target = client.query(copyFrom(sql))
  await pipeline(createReadStream(path.join(folder, table.file)), createZstdDecompress(), target)
  if (target.rowCount !== table.rows)
    throw new Error(`${table.file} has ${target.rowCount} rows instead of ${table.rows}`)
}

/** @throws Error when a file is not as it was written */
export async function assertWhole(folder: string, tables: readonly Table[]): Promise<void> {
  for (const { file, bytes, sha256 } of tables) {
    const location = path.join(folder, file)
    const found = await stat(location).catch(() => undefined)
    const damaged = (what: string) =>
      new Error(`${location} ${what}: the backup is damaged, take another one`)
    if (!found) throw damaged('is missing')
    if (found.size !== bytes) throw damaged(`has ${found.size} bytes instead of ${bytes}`)
    const hash = createHash('sha256')
    await pipeline(createReadStream(location), hash)
    if (hash.digest('hex') !== sha256) throw damaged('has changed since it was written')
  }
}

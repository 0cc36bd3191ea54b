import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { errorCodeOf } from '../lib/error-code-of.ts'

/** The newest form of a backup that this program writes and reads. */
export const FORMAT = 1

/** One file of rows: PostgreSQL's COPY text format, compressed with zstd. */
const Table = Type.Object({
  name: Type.String(),
  columns: Type.Array(Type.String()),
  rows: Type.Integer(),
  file: Type.String(),
  bytes: Type.Integer(),
  sha256: Type.String(),
})
export type Table = Static<typeof Table>

const Files = Type.Object({ files: Type.Integer(), bytes: Type.Integer() })

/** What `manifest.json` says about a backup. It is written last: a folder without it is no backup. */
export const Manifest = Type.Object({
  format: Type.Integer(),
  /** Of trackside. */
  version: Type.String(),
  /** The instant whose rows the backup holds; ISO 8601. */
  takenAt: Type.String(),
  postgres: Type.String(),
  migrations: Type.Array(Type.Object({ name: Type.String(), sha256: Type.String() })),
  /** In an order in which rows come after those that they refer to. */
  tables: Type.Array(Table),
  /** Jobs that waited or ran. */
  jobs: Table,
  sequences: Type.Array(Type.Object({ name: Type.String(), value: Type.String() })),
  /** Photos and videos; null when they lie in a bucket, which has to be backed up by its own means. */
  objects: Type.Union([Files, Type.Null()]),
  /** Downloaded face models. */
  models: Files,
})
export type Manifest = Static<typeof Manifest>

export const MANIFEST = 'manifest.json'

/** @throws Error when the folder holds no backup, or one that only a newer program can read. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(path.join(folder, MANIFEST), 'utf8').catch((error: unknown) => {
    if (errorCodeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined)
    throw new Error(`${folder} is no backup: it has no ${MANIFEST}, which is written last`)
  const value: unknown = parse(text)
  if (typeof value === 'object' && value !== null && 'format' in value) {
    if (Number(value.format) > FORMAT)
      throw new Error(`The backup ${folder} was made by a newer trackside: install that version`)
    if (Check(Manifest, value)) return value
  }
  throw new Error(`${path.join(folder, MANIFEST)} is damaged: take another backup`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

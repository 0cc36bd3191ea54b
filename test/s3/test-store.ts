import { randomBytes } from 'node:crypto'
import { describe, inject } from 'vitest'
import type { S3Settings } from '../../src/storage/s3/connection.ts'
import { createS3Store } from '../../src/storage/s3/s3-store.ts'

/** Skips where the server's packages are missing: the setup has said which. */
export const describeOnSwift = describe.skipIf(inject('swift') === undefined)

/** A bucket of its own, not made yet. */
export function newSettings(): S3Settings {
  const swift = inject('swift')
  if (!swift) throw new Error('no S3 server')
  return { ...swift, bucket: `test-${randomBytes(6).toString('hex')}`, pathStyle: true }
}

export async function newStore(change: Partial<S3Settings> = {}) {
  const settings = { ...newSettings(), ...change }
  const store = createS3Store(settings)
  await store.prepareBucket()
  return { store, settings }
}

import type { Db } from '../db/connect.ts'
import type { Scope } from '../db/tables.ts'
import type { Identity } from '../http/authenticate.ts'

/** The key with this sha256. Index: api_key (hash). */
export async function findKeyByHash(db: Db, hash: Buffer): Promise<Identity | undefined> {
  return db
    .selectFrom('apiKey')
    .select(['id as keyId', 'name as keyName', 'orgId', 'scopes', 'active'])
    .where('hash', '=', hash)
    .executeTakeFirst()
}

export const findKeys = (db: Db, orgId: number) =>
  db
    .selectFrom('apiKey')
    .select(['id', 'name', 'prefix', 'scopes', 'active', 'createdAt'])
    .where('orgId', '=', orgId)
    .orderBy('id')
    .execute()

/** Locks the organisation's row: keys are counted and added by one at a time. */
export const lockOrganisation = (db: Db, orgId: number) =>
  db.selectFrom('organisation').select('id').where('id', '=', orgId).forUpdate().executeTakeFirst()

export const insertKey = (
  db: Db,
  key: { id: string; orgId: number; name: string; prefix: string; hash: Buffer; scopes: Scope[] },
) =>
  db
    .insertInto('apiKey')
    .values(key)
    .returning(['id', 'name', 'prefix', 'scopes', 'active', 'createdAt'])
    .executeTakeFirstOrThrow()

export const updateKey = (db: Db, orgId: number, id: string, active: boolean) =>
  db
    .updateTable('apiKey')
    .set({ active })
    .where('orgId', '=', orgId)
    .where('id', '=', id)
    .returning(['id', 'name', 'prefix', 'scopes', 'active', 'createdAt'])
    .executeTakeFirst()

export async function deleteKey(db: Db, orgId: number, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('apiKey')
    .where('orgId', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export const findOrganisations = (db: Db) =>
  db.selectFrom('organisation').select(['id', 'name']).orderBy('id').execute()

export async function insertOrganisation(db: Db, name: string): Promise<number> {
  const { id } = await db
    .insertInto('organisation')
    .values({ name })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

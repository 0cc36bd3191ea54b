import { randomBytes } from 'node:crypto'
import type { Db } from '../db/connect.ts'
import type { Scope } from '../db/tables.ts'
import { hashKey } from '../http/authenticate.ts'
import { isUuid, newId } from '../lib/ids.ts'
import { keyLimitReached, keyNotFound, organisationNotFound } from './errors.ts'
import {
  deleteKey as deleteKeyRow,
  findKeys,
  insertKey,
  lockOrganisation,
  updateKey,
} from './queries.ts'

/** By the contract: more keys than these are refused. */
const MAX_KEYS = 10
const PREFIX_LENGTH = 5

/**
 * Makes an API key of 192 random bits. The full key is in the answer and nowhere else: the database holds its hash.
 *
 * @throws organisation_not_found, key_limit_reached
 */
export async function createKey(
  { db }: { db: Db },
  { orgId, name, scopes }: { orgId: number; name: string; scopes: Scope[] },
) {
  const key = randomBytes(24).toString('base64url')
  const row = await db.transaction().execute(async (tx) => {
    if (!(await lockOrganisation(tx, orgId))) throw organisationNotFound(orgId)
    if ((await findKeys(tx, orgId)).length >= MAX_KEYS) throw keyLimitReached(MAX_KEYS)
    const prefix = key.slice(0, PREFIX_LENGTH)
    return insertKey(tx, { id: newId(), orgId, name, prefix, hash: hashKey(key), scopes })
  })
  return { ...row, key }
}

/** @throws key_not_found */
export async function setKeyActive(
  { db }: { db: Db },
  { orgId, keyId, active }: { orgId: number; keyId: string; active: boolean },
) {
  const row = isUuid(keyId) ? await updateKey(db, orgId, keyId, active) : undefined
  if (!row) throw keyNotFound(keyId)
  return row
}

/** Deletes a key for good. @throws key_not_found */
export async function deleteKey(
  { db }: { db: Db },
  { orgId, keyId }: { orgId: number; keyId: string },
): Promise<void> {
  if (!isUuid(keyId) || !(await deleteKeyRow(db, orgId, keyId))) throw keyNotFound(keyId)
}

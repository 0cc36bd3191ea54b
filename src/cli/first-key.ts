import type { Context } from '../context.ts'
import { createKey, findKeys } from '../orgs/index.ts'

/** The key of a new installation, with both scopes; undefined when organisation 1 has keys already. */
export async function firstKey({ db }: Context): Promise<string | undefined> {
  if ((await findKeys(db, 1)).length > 0) return undefined
  const { key } = await createKey(
    { db },
    { orgId: 1, name: 'first key', scopes: ['read', 'manage'] },
  )
  return key
}

import type { Scope } from '../db/tables.ts'

type KeyRow = {
  id: string
  name: string
  prefix: string
  scopes: Scope[]
  active: boolean
  createdAt: Date
}

export const keyView = ({ id, name, prefix, scopes, active, createdAt }: KeyRow) => ({
  key_id: id,
  name,
  key: `${prefix}***`,
  scopes,
  active,
  created_at: createdAt.toISOString(),
})

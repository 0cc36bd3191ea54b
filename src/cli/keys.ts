import { Command, InvalidArgumentError } from 'commander'
import type { Config } from '../config.ts'
import type { Scope } from '../db/tables.ts'
import { CreateKey, createKey, deleteKey, findKeys, setKeyActive } from '../orgs/index.ts'
import { printTable } from './print-table.ts'
import { checkInput } from './read-settings.ts'
import { wholeNumber } from './whole-number.ts'
import { withContext } from './with-context.ts'

export const keysCommand = (readConfig: () => Config) => {
  const keys = new Command('keys').description('API keys of an organisation')
  const org = ['--org <id>', 'organisation', wholeNumber, 1] as const

  keys
    .command('create')
    .description('Make a key; it is shown only now')
    .option(...org)
    .option('--name <name>', 'what the key is for', 'made on the command line')
    .option('--scopes <list>', 'read, manage, or both: read,manage', parseScopes, [
      'read',
    ] as Scope[])
    .option('--json', 'print one JSON object')
    .action((options: { org: number; name: string; scopes: Scope[]; json?: boolean }) =>
      withContext(readConfig(), async ({ db }) => {
        const { org: orgId } = options
        const { name, scopes } = checkInput(CreateKey, {
          name: options.name,
          scopes: options.scopes,
        })
        const { id, key } = await createKey({ db }, { orgId, name, scopes })
        if (options.json)
          console.log(JSON.stringify({ org_id: orgId, key_id: id, key, name, scopes }))
        else
          console.log(
            `Key for organisation ${orgId} (${scopes.join(', ')}), shown only now:\n${key}`,
          )
      }),
    )

  keys
    .command('list')
    .description('Keys of the organisation, masked')
    .option(...org)
    .action((options: { org: number }) =>
      withContext(readConfig(), async ({ db }) => {
        const rows = await findKeys(db, options.org)
        printTable(
          ['id', 'key', 'name', 'scopes', 'state'],
          rows.map(({ id, prefix, name, scopes, active }) => [
            id,
            `${prefix}***`,
            name,
            scopes.join(', '),
            active ? 'active' : 'deactivated',
          ]),
        )
      }),
    )

  for (const [verb, active] of [
    ['deactivate', false],
    ['activate', true],
  ] as const)
    keys
      .command(`${verb} <key-id>`)
      .description(active ? 'Let a deactivated key in again' : 'Refuse a key from now on')
      .option(...org)
      .action((keyId: string, options: { org: number }) =>
        withContext(readConfig(), async ({ db }) => {
          await setKeyActive({ db }, { orgId: options.org, keyId, active })
          console.log(active ? 'The key is active again.' : 'The key is deactivated.')
        }),
      )

  keys
    .command('delete <key-id>')
    .description('Delete a key for good')
    .option(...org)
    .action((keyId: string, options: { org: number }) =>
      withContext(readConfig(), async ({ db }) => {
        await deleteKey({ db }, { orgId: options.org, keyId })
        console.log('The key is deleted.')
      }),
    )
  return keys
}

function parseScopes(text: string): Scope[] {
  const scopes = [...new Set(text.split(',').map((scope) => scope.trim()))]
  const isScope = (scope: string): scope is Scope => scope === 'read' || scope === 'manage'
  if (!scopes.every(isScope))
    throw new InvalidArgumentError('Scopes are read, manage, or read,manage.')
  return scopes
}

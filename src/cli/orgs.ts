import { Command } from 'commander'
import { Type } from 'typebox'
import type { Config } from '../config.ts'
import { findOrganisations, insertOrganisation, OrganisationName } from '../orgs/index.ts'
import { printTable } from './print-table.ts'
import { checkInput } from './read-settings.ts'
import { withContext } from './with-context.ts'

export const orgsCommand = (readConfig: () => Config) => {
  const orgs = new Command('orgs').description(
    'Organisations: each has its own events and keys, and sees nothing of the others',
  )

  orgs
    .command('create <name>')
    .description('Add an organisation')
    .option('--json', 'print one JSON object')
    .action((name: string, options: { json?: boolean }) =>
      withContext(readConfig(), async ({ db }) => {
        const wish = checkInput(Type.Object({ name: OrganisationName }), { name: name.trim() })
        const orgId = await insertOrganisation(db, wish.name)
        console.log(
          options.json
            ? JSON.stringify({ org_id: orgId, ...wish })
            : `Organisation ${orgId}. Its first key: npx trackside keys create --org ${orgId} --scopes read,manage`,
        )
      }),
    )

  orgs
    .command('list')
    .description('All organisations of this installation')
    .action(() =>
      withContext(readConfig(), async ({ db }) => {
        const rows = await findOrganisations(db)
        printTable(
          ['id', 'name'],
          rows.map(({ id, name }) => [String(id), name]),
        )
      }),
    )
  return orgs
}

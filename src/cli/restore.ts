import path from 'node:path'
import { Command } from 'commander'
import type { Config } from '../config.ts'
import { restoreBackup } from './restore/restore-backup.ts'

export const restoreCommand = (readConfig: () => Config) =>
  new Command('restore')
    .description('Bring a backup back into an empty TRACKSIDE_DATA, and check every file of it')
    .argument('<folder>', 'a backup, or a folder of backups: then the newest')
    .option('--json', 'last line of the output: {"photos":n,"objects":n,"damaged":n}')
    .addHelpText(
      'after',
      `
Nothing is overwritten: the data folder must hold no system. All is put together in a folder within it and moved to its
place when it is whole; a restore that is cut off is simply run again. With DATABASE_URL the rows go into that database,
which must be empty: so an embedded system moves to a PostgreSQL server of yours. Work that waited goes on at the next start.

Exit code: 0 when every photo of the backup is there and unchanged, 1 when one is not (the others are restored), or nothing
was restored.`,
    )
    .action((folder: string, options: { json?: boolean }) =>
      restoreBackup(readConfig(), path.resolve(folder), options),
    )

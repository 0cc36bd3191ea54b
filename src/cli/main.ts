import { Command, CommanderError } from 'commander'
import { readConfig } from '../config.ts'
import { DataFolderInUse } from '../lib/data-lock.ts'
import { AppError } from '../lib/errors.ts'
import { VERSION } from '../version.ts'
import { auditCommand } from './audit.ts'
import { backupCommand } from './backup.ts'
import { doctorCommand } from './doctor.ts'
import { eventsCommand } from './events.ts'
import { importCommand } from './import.ts'
import { keysCommand } from './keys.ts'
import { modelsCommand } from './models.ts'
import { openApiCommand } from './openapi.ts'
import { orgsCommand } from './orgs.ts'
import { recognizeCommand } from './recognize.ts'
import { restoreCommand } from './restore.ts'
import { serveCommand } from './serve.ts'
import { upCommand } from './up.ts'
import { verifyCommand } from './verify.ts'
import { watchCommand } from './watch.ts'
import { workCommand } from './work.ts'

const program = new Command('trackside')
  .description('Self-hosted event photos: people find themselves by bib number, selfie or time.')
  .version(VERSION)
  .showHelpAfterError('(add --help for what there is)')
  .addHelpText(
    'after',
    `
A first look:
  trackside up --demo                      start everything, with a demo event
  trackside events create "City Run 2026"  make an event
  trackside import ./photos --event 1      bring in a folder of photos

Environment:
  TRACKSIDE_DATA        folder of the database and the photos (./data)
  PORT, HOST            where to listen (8080, 127.0.0.1)
  DATABASE_URL          a PostgreSQL server instead of the embedded one
  TRACKSIDE_PUBLIC_URL  how browsers reach this server, for URLs in answers
  TRACKSIDE_WORKERS     how many worker processes "up" starts (one a core, as memory allows)
  TRACKSIDE_CACHE       where converted models are kept (~/.cache/trackside)
  LOG_LEVEL             debug, info (every request), warn, error, silent (warn)`,
  )
for (const command of [
  upCommand,
  eventsCommand,
  importCommand,
  watchCommand,
  orgsCommand,
  auditCommand,
  keysCommand,
  modelsCommand,
  recognizeCommand,
  serveCommand,
  workCommand,
  verifyCommand,
  backupCommand,
  restoreCommand,
  doctorCommand,
  openApiCommand,
])
  program.addCommand(command(readConfig))

// The reader of a pipe may have had enough: "trackside recognize … | head".
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode
  else {
    // What was foreseen is told in a sentence; a bug shows where it is.
    const isForeseen =
      error instanceof AppError ||
      error instanceof DataFolderInUse ||
      (error instanceof Error && (error.constructor === Error || 'syscall' in error))
    console.error(
      `trackside: ${error instanceof Error ? (isForeseen ? error.message : error.stack) : error}`,
    )
    process.exitCode = 1
  }
}

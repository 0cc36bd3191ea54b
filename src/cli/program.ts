import { Command, CommanderError } from 'commander'
import { readConfig } from '../config.ts'
import { DataFolderInUse } from '../lib/data-lock.ts'
import { AppError } from '../lib/errors.ts'
import { VERSION } from '../version.ts'

/** In the order in which `--help` lists them. A process loads what its own command needs: all of them would cost it 20 MB more. */
const COMMANDS = {
  up: async () => (await import('./up.ts')).upCommand,
  events: async () => (await import('./events.ts')).eventsCommand,
  import: async () => (await import('./import.ts')).importCommand,
  watch: async () => (await import('./watch.ts')).watchCommand,
  orgs: async () => (await import('./orgs.ts')).orgsCommand,
  audit: async () => (await import('./audit.ts')).auditCommand,
  keys: async () => (await import('./keys.ts')).keysCommand,
  models: async () => (await import('./models.ts')).modelsCommand,
  recognize: async () => (await import('./recognize.ts')).recognizeCommand,
  serve: async () => (await import('./serve.ts')).serveCommand,
  work: async () => (await import('./work.ts')).workCommand,
  verify: async () => (await import('./verify.ts')).verifyCommand,
  backup: async () => (await import('./backup.ts')).backupCommand,
  restore: async () => (await import('./restore.ts')).restoreCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  openapi: async () => (await import('./openapi.ts')).openApiCommand,
}

function isCommand(name: string): name is keyof typeof COMMANDS {
  return Object.hasOwn(COMMANDS, name)
}

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
const asked = process.argv[2] ?? ''
const wanted = isCommand(asked) ? [COMMANDS[asked]] : Object.values(COMMANDS)
for (const load of wanted) program.addCommand((await load())(readConfig))

/** Runs the command that this process was started with. */
export async function run(): Promise<void> {
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
}

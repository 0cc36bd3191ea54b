import type { Config } from '../config.ts'
import { type Context, openContext } from '../context.ts'
import { openDatabase } from './open-database.ts'

/** Runs a command on a connected context, then closes everything that it opened. */
export async function withContext<T>(
  config: Config,
  run: (context: Context) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(config)
  try {
    const context = await openContext(config, { role: 'tool', connection: database.connection })
    try {
      return await run(context)
    } finally {
      await context.close()
    }
  } finally {
    await database.leave()
  }
}

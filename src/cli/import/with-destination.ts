import type { Command } from 'commander'
import type { Config } from '../../config.ts'
import { wholeNumber } from '../whole-number.ts'
import { withContext } from '../with-context.ts'
import type { Destination } from './destination.ts'
import { openLocalDestination } from './local-destination.ts'
import { openRemoteDestination } from './remote-destination.ts'

/** Where the photos of a command go, as its options say. */
export type Target = { event: number; url?: string; key?: string; org: number; concurrency: number }

/** The options of every command that brings photos in. */
export const withTargetOptions = (command: Command): Command =>
  command
    .requiredOption('--event <id>', 'event that the photos belong to', wholeNumber)
    .option('--url <url>', 'a trackside server elsewhere, such as https://photos.example.org')
    .option('--key <key>', 'API key of that server with the scope manage (or TRACKSIDE_KEY)')
    .option('--org <id>', 'organisation of that key', wholeNumber, 1)
    .option('--concurrency <n>', 'files sent at once', wholeNumber, 4)

/** Runs with the destination open: a server elsewhere when there is a URL, else the data folder. */
export async function withDestination<T>(
  config: Config,
  { event: eventId, url, key, org: orgId }: Target,
  { note, signal }: { note: (line: string) => void; signal: AbortSignal },
  run: (destination: Destination) => Promise<T>,
): Promise<T> {
  if (url === undefined)
    return withContext(config, async (context) =>
      run(await openLocalDestination(context, { eventId })),
    )
  if (!URL.canParse(url)) throw new Error(`"${url}" is no URL; one is https://photos.example.org`)
  // A key in the environment is seen by nobody else, one on the command line by everybody on the machine.
  const usedKey = key ?? config.secrets.apiKey
  if (!usedKey)
    throw new Error(
      'Sending to a server needs a key with the scope manage: --key KEY or TRACKSIDE_KEY.',
    )
  return run(await openRemoteDestination({ url, key: usedKey, orgId, eventId }, { note, signal }))
}

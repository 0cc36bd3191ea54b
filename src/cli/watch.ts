import { mkdir, realpath } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command, InvalidArgumentError } from 'commander'
import type { Config } from '../config.ts'
import { isPermanent } from '../lib/errors.ts'
import { findFiles } from './import/find-files.ts'
import { type Target, withDestination, withTargetOptions } from './import/with-destination.ts'
import { onStopSignal } from './stop-signal.ts'
import { trackSettling } from './watch/settling.ts'
import { type Watch, watchFolder } from './watch/watch-folder.ts'

export const watchCommand = (readConfig: () => Config): Command =>
  withTargetOptions(
    new Command('watch')
      .description(
        'Bring in photos and videos as they arrive in a folder that a camera or an FTP server fills',
      )
      .argument('<folder>', 'folder; those below it are watched too'),
  )
    .option(
      '--settle <seconds>',
      'a file is taken once it has not changed for so long',
      parseSeconds,
      3,
    )
    .option(
      '--move-to <folder>',
      'move each file there once it is in; else files stay where they are',
    )
    .addHelpText(
      'after',
      `
Runs until Ctrl-C and prints a line for each file. A file that changes later is taken again; one that is
refused is not tried again until it changes. After a restart, files that are in already are recognised by
their content. When the folder goes (an unplugged disk, a share without network) it is waited for.

  trackside watch /srv/ftp --event 1
  trackside watch /srv/ftp --event 1 --settle 20        for cameras on a bad network, which stop and go on
  trackside watch ~/incoming --event 1 --move-to ~/incoming/done`,
    )
    .action((folder: string, options: WatchOptions) => runWatch(readConfig(), folder, options))

type WatchOptions = Target & { settle: number; moveTo?: string }

const REOPEN_AFTER_MS = 5000

async function runWatch(config: Config, folder: string, options: WatchOptions): Promise<void> {
  const { settle, moveTo, concurrency } = options
  const say = (line: string) => console.log(line)
  const stopping = new AbortController()
  const { signal } = stopping
  void onStopSignal(() => {
    stopping.abort()
    say('Stopping after the files in hand …')
  })

  const settling = trackSettling(settle * 1000)
  let wasOpen = false
  while (!signal.aborted) {
    try {
      await withDestination(config, options, { note: say, signal }, async (destination) => {
        if (!wasOpen) {
          await checkFolders({ folder, moveTo, signal })
          say(`Watching ${folder}; Ctrl-C stops.`)
        }
        wasOpen = true
        await watchFolder(destination, { folder, moveTo, concurrency, settling, signal, say })
      })
    } catch (error) {
      if (signal.aborted) return
      // A night of work should survive a restart of the server; what was wrong from the beginning should be told.
      if (!wasOpen || isPermanent(error)) throw error
      const problem = error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
      say(`${problem}; trying again in ${REOPEN_AFTER_MS / 1000} s`)
      await sleep(REOPEN_AFTER_MS, undefined, { signal }).catch(() => {})
    }
  }
}

/** A folder that never was is a mistake, not one to wait for. @throws where it is none, or files would be moved to where they are */
async function checkFolders({
  folder,
  moveTo,
  signal,
}: Pick<Watch, 'folder' | 'moveTo' | 'signal'>): Promise<void> {
  await findFiles([folder], { signal })
  if (moveTo === undefined) return
  await mkdir(moveTo, { recursive: true })
  if ((await realpath(moveTo)) === (await realpath(folder)))
    throw new Error('--move-to must be another folder than the watched one.')
}

function parseSeconds(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 3600))
    throw new InvalidArgumentError('It must be a number of seconds from 0 to 3600.')
  return value
}

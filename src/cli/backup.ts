import path from 'node:path'
import { Command } from 'commander'
import { backUp } from '../backup/index.ts'
import type { Config } from '../config.ts'
import { isFaceFile } from '../faces/index.ts'
import { VERSION } from '../version.ts'
import { wholeNumber } from './whole-number.ts'
import { withContext } from './with-context.ts'

export const backupCommand = (readConfig: () => Config) =>
  new Command('backup')
    .description('Save rows, photos, videos and face models of one instant, while the system runs')
    .argument(
      '<folder>',
      'where backups are kept, better on another disk; one folder is made for each',
    )
    .option('--keep <n>', 'remove the oldest backups, so that n stay', wholeNumber)
    .option('--json', 'last line of the output: {"folder":…,"photos":n,"objects":n,"bytes":n}')
    .addHelpText(
      'after',
      `
A file that the last backup has is linked, not copied again: each backup is whole and takes the room of what is new.
One that is cut off leaves nothing that counts as a backup, and the next goes on from what it copied. Uploads that were not
finished are not in it. With photos in a bucket it holds the rows only: have the bucket keep versions, or copy it after.

Backups hold faces, names, keys and the secret that signs URLs: keep them as safe as the system. What is deleted later
stays in them until they go (--keep).

  trackside backup /mnt/backup/trackside --keep 14
  trackside restore /mnt/backup/trackside              the newest, into an empty TRACKSIDE_DATA`,
    )
    .action((folder: string, options: { keep?: number; json?: boolean }) =>
      backupTo(readConfig(), path.resolve(folder), options),
    )

async function backupTo(
  config: Config,
  repository: string,
  { keep, json }: { keep?: number; json?: boolean },
): Promise<void> {
  const isInside = !path.relative(config.dataDir, repository).startsWith('..')
  if (isInside)
    throw new Error(
      `${repository} lies in the data folder ${config.dataDir}, and would be lost with it: choose a place outside`,
    )
  await withContext(config, async ({ pool }) => {
    const started = performance.now()
    const objectsDir = config.s3 ? undefined : path.join(config.dataDir, 'objects')
    const deps = {
      pool,
      objectsDir,
      isOmitted: isFaceFile,
      modelsDir: config.modelsDir,
      version: VERSION,
    }
    const report = (line: string) => console.error(line)
    const { folder, manifest } = await backUp(deps, {
      repository,
      report,
      ...(keep !== undefined && { keep }),
    })
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    const photos = manifest.tables.find(({ name }) => name === 'photo')?.rows ?? 0
    const { files, bytes } = manifest.objects ?? { files: 0, bytes: 0 }
    console.log(`${folder}: ${photos} photos, ${files} objects, in ${seconds} s`)
    if (!manifest.objects) console.log(`The bucket ${config.s3?.bucket} is not in it.`)
    if (json) console.log(JSON.stringify({ folder, photos, objects: files, bytes }))
  })
}

import type { Config } from '../../config.ts'
import {
  describeModels,
  findSwitchingEvents,
  findWantedModel,
  MANIFEST,
} from '../../faces/index.ts'
import { printTable } from '../print-table.ts'
import { withContext } from '../with-context.ts'

/** Prints every model, and the events that do not follow the model in use yet. */
export async function listModels(config: Config): Promise<void> {
  const models = await describeModels(MANIFEST, config.modelsDir)
  const { wanted, events } = await withContext(config, async ({ db }) => ({
    wanted: await findWantedModel(db),
    events: await findSwitchingEvents(db),
  }))
  printTable(
    ['name', 'state', 'download', 'licence', 'what it is'],
    models.map(({ name, id, isInstalled, bytes, licences, summary }) => [
      name,
      stateOf({ isInstalled, isUsed: id === wanted }),
      bytes > 0 ? `${(bytes / 1e6).toFixed(1)} MB` : '–',
      licences.join(', '),
      summary,
    ]),
  )
  if (events.length === 0) return
  console.log('\nStill searched with the model before:')
  printTable(
    ['event', 'photos', 'indexed anew', 'videos', 'indexed anew'],
    events.map(({ eventId, photos, seen, videos, videosSeen }) => [
      String(eventId),
      photos,
      seen,
      videos,
      videosSeen,
    ]),
  )
}

function stateOf({ isInstalled, isUsed }: { isInstalled: boolean; isUsed: boolean }): string {
  if (isUsed) return isInstalled ? 'in use' : 'in use, files missing'
  return isInstalled ? 'installed' : 'not installed'
}

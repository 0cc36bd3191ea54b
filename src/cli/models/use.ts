import type { Config } from '../../config.ts'
import { checkModelFiles, MANIFEST, type ModelState, useModel } from '../../faces/index.ts'
import { followUps } from '../../pipeline.ts'
import { withContext } from '../with-context.ts'

/** Verifies the files of a model, then makes the installation use it. */
export async function switchTo(
  config: Config,
  { name, known }: { name: string; known: readonly ModelState[] },
): Promise<void> {
  await checkModelFiles(MANIFEST, name, config.modelsDir)
  const model = known.find((one) => one.name === name)!
  const events = await withContext(config, ({ db, queue }) =>
    useModel({ db, reindex: followUps(queue.enqueue).reindex }, model),
  )
  const waiting = events.filter(
    ({ photos, seen, videos, videosSeen }) => seen < photos || videosSeen < videos,
  )
  const photos = waiting.reduce((sum, event) => sum + event.photos - event.seen, 0)
  const videos = waiting.reduce((sum, event) => sum + event.videos - event.videosSeen, 0)
  console.log(
    waiting.length === 0
      ? `In use: ${name}.`
      : `In use: ${name}. Workers now look at ${photos} photos and ${videos} videos of ${waiting.length} ${waiting.length === 1 ? 'event' : 'events'} again; searches go on meanwhile. How far it is: trackside models list`,
  )
}

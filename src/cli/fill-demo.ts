import { createReadStream } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setStartList } from '../bibs/index.ts'
import type { Context } from '../context.ts'
import { makeDemo } from '../demo/make-demo.ts'
import { RACE } from '../demo/race.ts'
import { createEvent, findEventBySlug } from '../events/index.ts'
import { countVideos } from '../motion/index.ts'
import { findProgress, storePhoto } from '../photos/index.ts'
import { followUps } from '../pipeline.ts'

const SLUG = 'demo'

/** Fills the demo event, once: photos and selfies made on the spot, the start list, and commands to try. */
export async function fillDemo(
  context: Context,
  { url, key, stopped }: { url: string; key: string | undefined; stopped: Promise<void> },
): Promise<void> {
  const { config, db, queue } = context
  const folder = join(config.dataDir, 'demo')
  let isStopped = false
  void stopped.then(() => {
    isStopped = true
  })

  console.log('  Demo: making photos …')
  const demo = await makeDemo(folder)
  const deps = { ...context, ...followUps(queue.enqueue), maxPhotoBytes: config.maxPhotoBytes }
  const known = await findEventBySlug(db, SLUG)
  const eventId =
    known?.id ??
    (
      await createEvent(context, {
        orgId: 1,
        event_name: 'Demo Run',
        event_slug: SLUG,
        event_date: `${RACE.date}T09:00:00`,
        timezone: RACE.timezone,
        visibility: 'public',
      })
    ).id
  if (!known) await setStartList(deps, { eventId, csv: Buffer.from(demo.startList) })
  for (const path of demo.photos)
    await storePhoto(deps, { eventId, fileName: basename(path), body: createReadStream(path) })

  const progressDeps = {
    db,
    hasOpenJobs: queue.hasOpenJobs,
    countVideos: (id: number) => countVideos(db, id),
  }
  for (let last = -1; !isStopped; await sleep(500)) {
    const { photos, idle } = await findProgress(progressDeps, eventId)
    if (photos.done !== last)
      console.log(`  Demo: ${photos.done} of ${photos.total} photos processed`)
    last = photos.done
    if (idle) break
  }
  if (isStopped) return

  const api = `${url}/api/v1/ext/1/event/${eventId}`
  const header = `-H 'X-API-Key: ${key ?? 'YOUR_KEY'}'`
  console.log(`
  Demo event ${eventId} is ready. Photos, and selfies to try: ${folder}
    gallery    ${url}/e/${SLUG}
    by bib     curl -s ${header} ${api}/bibs/${demo.truth[0]?.bibs[0] ?? ''}
    by selfie  curl -s ${header} -F file=@${demo.selfies[0]} ${api}/faces
    by time    curl -s ${header} ${api}/timeline/days
`)
}

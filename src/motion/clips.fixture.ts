import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { addEvent, EXT, MANAGE, type TestSystem, untilIdle } from '../../test/test-deps.ts'

const run = promisify(execFile)

/** Reading a video and cutting a clip of it take seconds, on a busy machine a minute. */
export const PATIENCE_MS = 240_000

/** An event whose clips hold the window that is asked for, without seconds before and after. */
export const addClipEvent = (system: TestSystem): Promise<number> =>
  addEvent(system, {
    video_search: true,
    timeline_search: true,
    motion: { padding_start: 0, padding_end: 0 },
  })

/** @returns the id of the video, which is not indexed yet */
export async function uploadVideo(
  { ok }: TestSystem,
  eventId: number,
  { file, name, recordedAt }: { file: string; name: string; recordedAt: Date },
): Promise<string> {
  const form = new FormData()
  form.append('recorded_at', recordedAt.toISOString())
  form.append('file', new Blob([Uint8Array.from(await readFile(file))]), name)
  return (await ok('POST', `${MANAGE}/event/${eventId}/videos`, { form })).video_id
}

/** The one clip that a window gives, ready. @param from in seconds of Unix time, as `to` */
export async function cutByTime(
  system: TestSystem,
  eventId: number,
  window: { from: number; to: number },
): Promise<{ clip_url: string; thumbnail_url: string; preview_url: string }> {
  const path = `${EXT}/event/${eventId}/video-clipping`
  const { request_id } = await system.ok('POST', `${path}/search-by-time`, { json: window })
  await untilIdle(system, eventId, PATIENCE_MS)
  const { status, error, clips } = await system.ok('GET', `${path}/${request_id}`)
  expect([status, error, clips.length]).toEqual(['completed', null, 1])
  return clips[0]
}

/** What ffprobe prints of a file. */
export async function probe(file: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('ffprobe', ['-v', 'error', ...args, '-of', 'csv=p=0', file])
  return stdout.trim()
}

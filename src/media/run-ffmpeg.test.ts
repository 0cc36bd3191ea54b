import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hasFfmpeg } from '../../test/videos.ts'
import { readConfig } from '../config.ts'
import { createRunTool } from './run-ffmpeg.ts'

const SECRETS = {
  DATABASE_URL: 'postgres://user:a-secret-of-ours@db/trackside',
  TRACKSIDE_S3_SECRET_ACCESS_KEY: 'a-secret-of-ours',
  TRACKSIDE_KEY: 'a-secret-of-ours',
  SOMEBODY_ELSES_PASSWORD: 'a-secret-of-ours',
}
const NEEDED = 'HOME LANG LD_LIBRARY_PATH PATH SSL_CERT_DIR SSL_CERT_FILE TMPDIR'.split(' ')

beforeAll(() => {
  Object.assign(process.env, SECRETS)
})
afterAll(() => {
  for (const name of Object.keys(SECRETS)) delete process.env[name]
})

/** Environments of the running children of this process that are of that name; one that ends has none any more. */
async function environmentsOf(name: string): Promise<string[]> {
  const found: string[] = []
  for (const pid of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
    const isChild = new RegExp(`^PPid:\\s+${process.pid}$`, 'm').test(await read('status'))
    if (isChild && (await read('comm')).trim() === name) found.push(await read('environ'))
  }
  return found.filter((environ) => environ !== '')
}

test.skipIf(!hasFfmpeg || !existsSync('/proc/self/environ'))(
  'ffmpeg knows nothing of our environment but what it needs to run',
  async () => {
    const stop = new AbortController()
    const seen: string[] = []
    // It waits for its reader while we look at it, and would never end by itself.
    const endless = ['-f', 'lavfi', '-i', 'color=s=640x360', '-f', 'rawvideo', 'pipe:1']
    const runTool = createRunTool(readConfig().toolEnvironment)
    const run = runTool('ffmpeg', endless, {
      signal: stop.signal,
      timeoutMs: 60_000,
      async onOutput() {
        seen.push(...(await environmentsOf('ffmpeg')))
        stop.abort(new Error('seen'))
      },
    })
    await expect(run).rejects.toThrow('seen')
    expect(seen.length).toBeGreaterThan(0)
    for (const environ of seen) {
      expect(environ).toContain('PATH=')
      expect(environ).not.toContain('a-secret-of-ours')
      const names = environ.split('\0').flatMap((pair) => pair.split('=')[0] || [])
      expect(NEEDED).toEqual(expect.arrayContaining(names))
    }
    expect(execFileSync('env', { encoding: 'utf8' })).toContain('a-secret-of-ours')
  },
  60_000,
)

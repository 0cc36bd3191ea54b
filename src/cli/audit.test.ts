import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { addEvent, EXT, jpeg, startSystem, upload } from '../../test/test-deps.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))
const system = await startSystem({
  bibReader: async () => [
    { text: '1042', score: 0.95, fullText: '1042', kind: 'digits', box: [10, 10, 80, 40] },
  ],
})

/** Runs the command on the test's database with these lines typed. */
async function audit(event: number, lines: string[], ...more: string[]) {
  const { user, host, port, database } = system.context.pool.options
  const child = spawn(
    process.execPath,
    [MAIN, 'audit', '--event', String(event), '--json', ...more],
    {
      env: {
        ...process.env,
        DATABASE_URL: `postgres://${user}@/${database}?host=${host}&port=${port}`,
        TRACKSIDE_DATA: system.folder,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  child.stdin.end(lines.map((line) => `${line}\n`).join(''))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { report: stdout ? JSON.parse(stdout) : undefined, stderr }
}

test('asks about each photo, goes on where it was left, and corrects what is shown', async () => {
  const event = await addEvent(system)
  // A reader's .95 is right nine times in ten: src/bibs/trust.ts.
  for (let i = 0; i < 3; i++) await upload(system, event, [`${i}.jpg`, await jpeg()])

  const first = await audit(event, ['', 'q'])
  expect(first.report).toMatchObject({ photos: 3, judged: 1, precision: { count: 1, of: 1 } })
  expect(first.stderr).toContain('Photo 1 of 3')
  expect(first.stderr).toContain('reads: 1042 (0.91)')
  expect(first.stderr).toMatch(/\/imgs\/\d+\/large\//)

  const second = await audit(event, ['nothing % here', 'n', '1042 77'])
  expect(second.stderr).toContain('Photo 1 of 2')
  expect(second.stderr).toContain('"%" is no bib')
  expect(second.report).toMatchObject({
    judged: 3,
    precision: { count: 2, of: 3 },
    recall: { count: 2, of: 3 },
  })
  const found = async (bib: string) =>
    (await system.ok('GET', `${EXT}/event/${event}/bibs/${bib}`)).pagination.total
  expect([await found('1042'), await found('77')]).toEqual([2, 1])
  expect((await audit(event, [], '--report')).report).toEqual(second.report)
}, 60_000)

import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { describeMachine } from '../machine.ts'
import { writeReport } from '../report.ts'
import { loadSection } from './load-section.ts'
import { measureLoad } from './measure-load.ts'

const LIMIT_MS = 15 * 60_000

const { seconds }: { seconds: number } = new Command('load')
  .description(
    'The hour after the finish, scaled to this machine: prints, and writes its part of docs/benchmarks.md',
  )
  .option('--seconds <n>', 'how long each part lasts', whole, 20)
  .parse()
  .opts()

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => stop.abort(new Error('stopped')))
const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(LIMIT_MS)])

const folder = await mkdtemp(join(tmpdir(), 'trackside-load-'))
await chmod(folder, 0o711) // root hands the embedded PostgreSQL to another user, who must get through
try {
  const machine = describeMachine()
  const workers = availableParallelism()
  const section = await loadSection(
    await measureLoad({ folder, workers, seconds, signal }),
    machine,
  )
  console.log(`\n${section.title}\n\n${section.body}\n`)
  await writeReport([section])
} finally {
  await rm(folder, { recursive: true, force: true })
}

function whole(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('must be a whole number from 1')
  return Number(text)
}

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { Machine } from './machine.ts'
import { figure } from './words.ts'

/** One part of the report; `key` never changes, the title may. */
export type Section = { key: string; title: string; body: string }

const FILE = new URL('../docs/benchmarks.md', import.meta.url)
/** In this order, whenever they were measured. */
const ORDER = [
  'demo',
  'camera',
  'bibs',
  'faces',
  'index',
  'pages',
  'large',
  'load',
  'gallery',
  'motion',
  'hour',
  'labelled',
]

const INTRODUCTION = `# Benchmarks

Written by \`npm run bench\`. A section says when and where it was measured; a run replaces the sections it measured and keeps
the others. The load is that of the minute before: where others were at work too, times are too long.

Accuracy on drawn pictures says that the pipeline works, not how good it is: people, light and bibs are tidier than in a race.
With \`--set\` and \`--faces\` the same is measured on labelled photos, which are not part of the repository.
`

/** Puts sections into docs/benchmarks.md, in the place of those that were there. */
export async function writeReport(sections: readonly Section[]): Promise<void> {
  const before = await readFile(FILE, 'utf8').catch(() => '')
  const kept = new Map<string, string>()
  for (const [text, key] of before.matchAll(/<!-- (\w+) -->\n.*?<!-- end -->/gs))
    kept.set(key!, text)
  for (const { key, title, body } of sections)
    kept.set(key, `<!-- ${key} -->\n## ${title}\n\n${body.trim()}\n<!-- end -->`)
  const ordered = ORDER.flatMap((key) => kept.get(key) ?? [])
  await mkdir(new URL('.', FILE), { recursive: true })
  await writeFile(FILE, `${[INTRODUCTION, ...ordered].join('\n')}\n`)
}

/** The line below a title: `Measured 2026-01-31 12:00 UTC on 2 cores of …`. */
export function measuredOn({ date, cores, cpu, memoryBytes, system, load }: Machine): string {
  const memory = `${figure(memoryBytes / 2 ** 30)} GiB`
  return `Measured ${date} UTC on ${cores} cores of ${cpu}, ${memory}, ${system}; load before: ${load.toFixed(1)}.`
}

import { expect } from 'vitest'
import { readMetrics } from './metrics.ts'
import type { System } from './system.ts'

/** A system that was asked for much that is wrong has had no error of its own, and finishes what it has to do. */
export async function expectUnharmed(system: System): Promise<void> {
  expect(system.stderr()).not.toMatch(/"level":(50|60)/)
  const { count } = await readMetrics(system)
  expect(count('trackside_request_duration_seconds', /./)).toBeGreaterThan(0)
  expect(count('trackside_request_duration_seconds', /status="500"/)).toBe(0)
  const waiting = async () =>
    (await readMetrics(system)).lines
      .filter((line) => line.startsWith('trackside_queue_depth{'))
      .map((line) => Number(line.split(' ').at(-1)))
  expect((await waiting()).length).toBeGreaterThan(0)
  await expect.poll(async () => new Set(await waiting())).toEqual(new Set([0]))
}

import type { System } from './system.ts'

/** What a server tells Prometheus. */
export async function readMetrics({ url }: Pick<System, 'url'>) {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n')
  const last = (line: string) => Number(line.split(' ').at(-1))
  return {
    lines,
    /** Of one gauge or counter, with its labels. */
    value(name: string): number | undefined {
      const line = lines.find((line) => line.startsWith(`${name} `))
      return line === undefined ? undefined : last(line)
    },
    /** How often a histogram was fed, over all series whose labels fit. */
    count: (name: string, labels: RegExp): number =>
      lines
        .filter((line) => line.startsWith(`${name}_count{`) && labels.test(line))
        .reduce((sum, line) => sum + last(line), 0),
  }
}

import { type Client, createClient } from '../e2e/client.ts'
import { findSystem, killAll, type Process } from '../e2e/processes.ts'
import { findFreePort, type System, startSystem } from '../e2e/system.ts'

export type Victim = 'server' | 'worker' | 'database'

export type KeptSystem = {
  client: Client
  url: string
  /** Key of organisation 1. */
  key: string
  /** Kills one process as `kill -9` does. False when there is none at the moment. */
  kill(victim: Victim): Promise<boolean>
  processes(): Promise<Process[]>
  /** What all its servers wrote to standard error. */
  log(): string
  stop(): Promise<void>
}

/** A system that is started again whenever it ends, as an init system does; always on the same port. */
export async function keepSystem(
  dataDir: string,
  own: Record<string, string> = {},
): Promise<KeptSystem> {
  const port = String(await findFreePort())
  const lives: System[] = []
  let isStopping = false
  let failure: unknown

  const live = async () => {
    const system = await startSystem(dataDir, { ...own, PORT: port })
    lives.push(system)
    void system.ended.then(() => {
      if (!isStopping)
        starting = live().catch((error: unknown) => {
          failure = error
        })
    })
  }
  let starting: Promise<void> = live()
  await starting
  const [first] = lives
  if (!first) throw new Error('the system did not start')

  return {
    client: createClient({ url: first.url, key: first.key }),
    url: first.url,
    key: first.key ?? '',
    async kill(victim) {
      if (failure) throw failure
      const system = lives.at(-1)!
      const processes = await findSystem(dataDir, system.pid)
      const is = {
        server: ({ pid }: { pid: number }) => pid === system.pid,
        worker: ({ parent, command }: { parent: number; command: string }) =>
          parent === system.pid && / work$/.test(command),
        database: ({ command }: { command: string }) => command.includes('postgres -D '),
      }[victim]
      const found = processes.find(is)
      if (found) killAll([found])
      return found !== undefined
    },
    processes: () => findSystem(dataDir, lives.at(-1)?.pid),
    log: () => lives.map((system) => system.stderr()).join(''),
    async stop() {
      isStopping = true
      await starting
      await lives.at(-1)?.stop()
      killAll(await findSystem(dataDir))
    },
  }
}

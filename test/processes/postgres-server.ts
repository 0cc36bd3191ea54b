import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { createCluster } from '../../src/db/embedded/create-cluster.ts'
import { layoutOf, ROLE } from '../../src/db/embedded/layout.ts'
import { findServerBinaries } from '../../src/db/embedded/server-binaries.ts'
import {
  chooseServerUser,
  commandAs,
  giveAway,
  type ServerUser,
} from '../../src/db/embedded/server-user.ts'

/** A PostgreSQL server on a port of the loopback, as one of another host would be. */
export type PostgresServer = {
  port: number
  url: string
  cluster: string
  user: ServerUser
  /** The first process of the server. */
  child: ChildProcess
  stop(): Promise<void>
}

/** Makes a database in a new folder and serves it, with more settings if wished: `ssl=on`. */
export async function startServer(
  folder: string,
  settings: (place: { cluster: string; user: ServerUser }) => Promise<string[]> = async () => [],
): Promise<PostgresServer> {
  const { layout, user, bin } = await newPlace(folder)
  await createCluster(layout, { bin, user })
  return run({ layout, user, bin }, await settings({ cluster: layout.cluster, user }))
}

/** Copies a running server and follows it as a streaming replica. */
export async function startReplica(
  folder: string,
  primary: PostgresServer,
): Promise<PostgresServer> {
  const { layout, user, bin } = await newPlace(folder)
  const client = new pg.Client({ connectionString: primary.url })
  await client.connect()
  // The log from here on is kept until the replica has it.
  await client.query(`select pg_create_physical_replication_slot('replica', true)`)
  await client.query(`select pg_backup_start('replica', true)`)
  await cp(primary.cluster, layout.cluster, {
    recursive: true,
    filter: (file) => !/postmaster\.(pid|opts)$|pg_replslot\/./.test(file),
  })
  const { rows } = await client.query<{ labelfile: string }>(
    'select labelfile from pg_backup_stop()',
  )
  await client.end()
  await writeFile(join(layout.cluster, 'backup_label'), rows[0]?.labelfile ?? '')
  await writeFile(join(layout.cluster, 'standby.signal'), '')
  await giveAway(layout.cluster, user)
  const source = `host=127.0.0.1 port=${primary.port} user=${ROLE}`
  return run({ layout, user, bin }, [`primary_conninfo=${source}`, 'primary_slot_name=replica'])
}

async function newPlace(folder: string) {
  const dataDir = await mkdtemp(join(folder, 'server-'))
  const layout = layoutOf(dataDir)
  await mkdir(layout.socket, { mode: 0o777 })
  const user = await chooseServerUser(layout)
  await giveAway(layout.socket, user)
  return { layout, user, bin: await findServerBinaries(dataDir, user) }
}

async function run(
  { layout, user, bin }: { layout: ReturnType<typeof layoutOf>; user: ServerUser; bin: string },
  settings: string[],
): Promise<PostgresServer> {
  const port = await findFreePort()
  const all = ['listen_addresses=127.0.0.1', 'fsync=off', 'max_connections=50', ...settings]
  const args = ['-D', layout.cluster, '-p', String(port), '-k', layout.socket]
  const command = commandAs(user, join(bin, 'postgres'), [
    ...args,
    ...all.flatMap((one) => ['-c', one]),
  ])
  const child = spawn(command.file, command.args, {
    ...command.options,
    cwd: layout.dataDir,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000)
  })
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGINT')
    await ended
  }
  const url = `postgres://${ROLE}@127.0.0.1:${port}/postgres`
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    if (await answers(url)) return { port, url, cluster: layout.cluster, user, child, stop }
    if (child.exitCode === null && Date.now() < end) continue
    await stop()
    throw new Error(`the server does not answer: ${said}`)
  }
}

async function answers(url: string) {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export const removeFolder = (folder: string) =>
  rm(folder, { recursive: true, force: true, maxRetries: 3 })

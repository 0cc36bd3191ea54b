import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type SwiftServer = {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  stop(): Promise<void>
}

/** Debian's packages that the server is made of. */
export const SWIFT_PACKAGES = 'swift-proxy swift-account swift-container swift-object memcached'

/** It takes 3 to 9 s. */
const READY_MS = 60_000
const KINDS = ['account', 'container', 'object'] as const

/** Whether the packages are there. */
export async function hasSwift(): Promise<boolean> {
  const programs = ['swift-proxy-server', 'swift-ring-builder', 'memcached']
  return run('/bin/sh', ['-c', `command -v ${programs.join(' && command -v ')}`]).then(
    () => true,
    () => false,
  )
}

/**
 * OpenStack Swift with its S3 interface: a server that checks signatures, on loopback, one replica in a temporary folder.
 * The processes are ours; `stop` ends them and removes the folder.
 */
export async function startSwift(): Promise<SwiftServer> {
  const folder = await mkdtemp(join(tmpdir(), 'trackside-swift-'))
  const [proxy, account, container, object, cache] = await findFreePorts(5)
  const etc = join(folder, 'etc')
  await mkdir(etc)
  await mkdir(join(folder, 'disks/d1'), { recursive: true })
  const common = ['bind_ip = 127.0.0.1', `user = ${userInfo().username}`, `swift_dir = ${etc}`]
  const ports = { account, container, object }
  for (const kind of KINDS) {
    const ring = (...args: string[]) =>
      run('swift-ring-builder', [join(etc, `${kind}.builder`), ...args])
    await ring('create', '4', '1', '1')
    await ring('add', `r1z1-127.0.0.1:${ports[kind]}/d1`, '100')
    await ring('rebalance')
    await writeConfig(join(etc, `${kind}-server.conf`), {
      DEFAULT: [
        ...[...common, `bind_port = ${ports[kind]}`, `devices = ${folder}/disks`, 'workers = 0'],
        ...['mount_check = false', 'disable_fallocate = true', 'log_level = WARNING'],
      ],
      'pipeline:main': [`pipeline = ${kind}-server`],
      [`app:${kind}-server`]: [`use = egg:swift#${kind}`],
    })
  }
  const filter = (name: string, ...more: string[]) => ({
    [`filter:${name}`]: [`use = egg:swift#${name}`, ...more],
  })
  await writeConfig(join(etc, 'proxy-server.conf'), {
    DEFAULT: [...common, `bind_port = ${proxy}`, 'workers = 0', 'log_level = WARNING'],
    'pipeline:main': ['pipeline = catch_errors cache s3api tempauth bulk slo dlo proxy-server'],
    'app:proxy-server': [
      ...['use = egg:swift#proxy', 'account_autocreate = true', 'allow_account_management = true'],
    ],
    ...filter('catch_errors'),
    'filter:cache': ['use = egg:swift#memcache', `memcache_servers = 127.0.0.1:${cache}`],
    ...filter('tempauth', 'user_test_tester = testing .admin'),
    ...filter('s3api', 'location = us-east-1'),
    ...filter('slo'),
    ...filter('dlo'),
    ...filter('bulk'),
  })

  const children = [
    launch(folder, 'memcached', [
      '-u',
      userInfo().username,
      '-l',
      '127.0.0.1',
      '-p',
      `${cache}`,
      '-m',
      '32',
    ]),
    ...[...KINDS, 'proxy'].map((kind) =>
      launch(folder, `swift-${kind}-server`, [join(etc, `${kind}-server.conf`)]),
    ),
  ]
  const stop = async () => {
    await Promise.all(children.map(end))
    await rm(folder, { recursive: true, force: true })
  }
  const endpoint = `http://127.0.0.1:${proxy}`
  try {
    await untilAnswering(endpoint, folder)
  } catch (error) {
    await stop()
    throw error
  }
  const credentials = { accessKeyId: 'test:tester', secretAccessKey: 'testing' }
  return { endpoint, region: 'us-east-1', credentials, stop }
}

function launch(folder: string, program: string, args: string[]): ChildProcess {
  const log = openSync(join(folder, `${program}.log`), 'w')
  // They end with this process, however it ends.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  return child
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(late)
}

async function untilAnswering(endpoint: string, folder: string): Promise<void> {
  for (const end = Date.now() + READY_MS; Date.now() < end; await sleep(100)) {
    const answer = await fetch(endpoint, { signal: AbortSignal.timeout(2000) }).catch(
      () => undefined,
    )
    if (answer) return
  }
  const log = await readFile(join(folder, 'swift-proxy-server.log'), 'utf8')
  throw new Error(`Swift does not answer at ${endpoint}: ${log.slice(-2000)}`)
}

async function findFreePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
  return ports
}

const writeConfig = (file: string, sections: Record<string, string[]>) =>
  writeFile(
    file,
    Object.entries(sections)
      .map(([name, lines]) => `[${name}]\n${lines.join('\n')}\n`)
      .join('\n'),
  )

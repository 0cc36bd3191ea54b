import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const LOOK_EVERY_MS = 100

export type Balancer = {
  url: string
  /** Servers that say they are ready. */
  ready(): number
  /** What could not be handed on, or was answered with 500 and above. */
  failures: string[]
  close(): Promise<void>
}

/**
 * A proxy as people put before servers: it asks each for `/readyz`, takes turns among those that are ready, keeps connections, and
 * never tries a request twice: whatever a server drops is seen by the client.
 */
export async function startBalancer(servers: readonly string[]): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true })
  const failures: string[] = []
  let ready: string[] = []
  const look = async () => {
    const answers = await Promise.all(
      servers.map((server) =>
        fetch(`${server}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
          ({ ok }) => ok,
          () => false,
        ),
      ),
    )
    ready = servers.filter((_, index) => answers[index])
  }
  await look()
  let isLooking = false
  const looking = setInterval(async () => {
    if (isLooking) return
    isLooking = true
    await look()
    isLooking = false
  }, LOOK_EVERY_MS)

  let turn = 0
  const handOn = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const target = ready[turn++ % ready.length]
    const fail = (reason: unknown) => {
      failures.push(`${incoming.method} ${incoming.url} at ${target}: ${reason}`)
      if (outgoing.headersSent) outgoing.destroy()
      else outgoing.writeHead(502).end()
    }
    if (!target) return fail('no server is ready')
    const { method, url, headers } = incoming
    const onward = request(target + url, { method, headers, agent }, (answer) => {
      if ((answer.statusCode ?? 0) >= 500)
        failures.push(`${url} at ${target}: ${answer.statusCode}`)
      const { connection: _, ...kept } = answer.headers
      outgoing.writeHead(answer.statusCode ?? 502, kept)
      answer.on('error', fail).pipe(outgoing)
    })
    onward.on('error', fail)
    incoming.pipe(onward)
  }
  const server = createServer(handOn).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ready: () => ready.length,
    failures,
    async close() {
      clearInterval(looking)
      server.closeAllConnections()
      server.close()
      agent.destroy()
    },
  }
}

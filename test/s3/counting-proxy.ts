import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'

export type CountingProxy = {
  url: string
  /** What was asked for by GET since the last time this was called. */
  takeReads(): { requests: number; ranges: number; bytes: number }
  stop(): Promise<void>
}

/** Stands before a store, hands on what comes as it comes, and counts what clients really took of it. */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  let reads = { requests: 0, ranges: 0, bytes: 0 }
  const server = http.createServer((request, reply) => {
    const { method, headers, url } = request
    const onward = http.request(target + url, { method, headers, setHost: false }, (answer) => {
      reply.writeHead(answer.statusCode ?? 500, answer.headers)
      if (method === 'GET') {
        reads.requests++
        if (answer.statusCode === 206) reads.ranges++
        answer.on('data', (chunk: Buffer) => {
          reads.bytes += chunk.length
        })
      }
      pipeline(answer, reply, () => {}) // clients leave when they have enough
    })
    onward.on('error', () => reply.destroy())
    request.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeReads: () => {
      const taken = reads
      reads = { requests: 0, ranges: 0, bytes: 0 }
      return taken
    },
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

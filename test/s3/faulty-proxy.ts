import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What is done to one request:
 * - a number: that status, without asking the server
 * - `stall`: no answer, ever
 * - `cut`: the answer's head and half of its body, then nothing but a closed connection
 * - `pause`: the same, but the connection stays open
 * - `lost`: the server does what was asked, and the answer never arrives
 */
export type Fault = number | 'stall' | 'cut' | 'pause' | 'lost' | undefined

export type FaultyProxy = {
  url: string
  /** Asked for each request. */
  setFault(choose: (request: http.IncomingMessage) => Fault): void
  requests(): number
  stop(): Promise<void>
}

/** A network between us and a store that does what networks do. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  let choose: (request: http.IncomingMessage) => Fault = () => undefined
  let requests = 0
  const server = http.createServer((request, reply) => {
    requests++
    const fault = choose(request)
    if (fault === 'stall') return void request.resume()
    if (typeof fault === 'number') {
      request.resume()
      return void request.on('end', () => reply.writeHead(fault).end())
    }
    let isAnswered = false
    const { method, headers, url } = request
    const onward = http.request(
      target + url,
      { method, headers, setHost: false },
      async (answer) => {
        isAnswered = true
        const body = Buffer.concat(await Array.fromAsync(answer))
        if (fault === 'lost') return void reply.destroy()
        reply.writeHead(answer.statusCode ?? 500, answer.headers)
        if (fault === undefined) return void reply.end(body)
        reply.write(body.subarray(0, body.length / 2), () => {
          if (fault === 'cut') reply.destroy()
        })
      },
    )
    // After an answer it is Swift's: it sends a body where HEAD has none.
    onward.on('error', () => isAnswered || reply.destroy())
    request.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setFault: (next) => {
      choose = next
    },
    requests: () => requests,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

import { connect, createServer, type Socket } from 'node:net'
import { afterAll } from 'vitest'

/**
 * Stands before a server and lets so many bytes of each connection through to it, then no more: so an upload is in its
 * middle for as long as a test wants.
 *
 * @param url of the server, on the loopback interface
 */
export async function openHoldingProxy(url: string) {
  const held = new Set<Socket>()
  const open = new Set<Socket>()
  let limit = Number.POSITIVE_INFINITY
  const proxy = createServer((client) => {
    const server = connect(Number(new URL(url).port), '127.0.0.1')
    let passed = 0
    const end = () => {
      for (const socket of [client, server]) {
        socket.destroy()
        open.delete(socket)
        held.delete(socket)
      }
    }
    for (const socket of [client, server]) {
      open.add(socket)
      socket.on('close', end).on('error', end)
    }
    client.on('data', (bytes) => {
      passed += bytes.length
      server.write(bytes)
      if (passed < limit) return
      client.pause()
      held.add(client)
    })
    server.pipe(client)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    for (const socket of open) socket.destroy()
    proxy.close()
  })
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    /** From now on connections stop after this many bytes. */
    hold(bytes: number) {
      limit = bytes
    },
    isHolding: () => held.size > 0,
    /** Cuts what stands still, with all that lies in buffers; what comes next goes through. */
    letGo() {
      limit = Number.POSITIVE_INFINITY
      for (const socket of held) socket.destroy()
    },
  }
}

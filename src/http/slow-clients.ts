import { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

export type Patience = {
  /** How often it is looked how far bodies are. */
  everyMs: number
  /** What a body must bring in that time: less is no slow line but a connection held open. */
  leastBytes: number
}

/** 1 kB/s: the slowest phone network carries fifty times that. */
export const PATIENCE: Patience = { everyMs: 30_000, leastBytes: 30_000 }

/**
 * Hangs up on clients whose request comes too slowly. An upload may take hours, so there is no limit for a whole request: each
 * stretch must bring something. Headers have a limit of their own, in `createServer`.
 */
export const slowClientsPlugin = ({ everyMs, leastBytes }: Patience) =>
  fp(async (app: FastifyInstance) => {
    app.addHook('onRequest', async ({ raw, headers, log }) => {
      const { socket } = raw
      const hasBody = 'content-length' in headers || 'transfer-encoding' in headers
      // What is no connection (a request made within this process) is never slow.
      if (!hasBody || !(socket instanceof Socket)) return
      let before = socket.bytesRead
      const watch = setInterval(() => {
        if (raw.complete || raw.destroyed) return clearInterval(watch)
        // A body that waits for us, as the disk is slow, is not the client's fault.
        const isOurs = raw.isPaused() || raw.readableLength > 0
        const bytes = socket.bytesRead - before
        before = socket.bytesRead
        if (isOurs || bytes >= leastBytes) return
        log.info({ bytes, ms: everyMs }, 'hung up on a client that sends too slowly')
        clearInterval(watch)
        socket.destroy()
      }, everyMs).unref()
      raw.once('close', () => clearInterval(watch))
    })
  })

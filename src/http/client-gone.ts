import type { FastifyReply } from 'fastify'

/** Nobody waits for the answer any more: the failure of nothing. */
export class ClientGone extends Error {
  override name = 'ClientGone'
}

/**
 * Aborts when the client closes the connection before it got its answer. (Fastify's `request.signal` also aborts when a body
 * has come to its regular end.)
 */
export function clientGone({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController()
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(new ClientGone('the client closed the connection'))
  })
  return controller.signal
}

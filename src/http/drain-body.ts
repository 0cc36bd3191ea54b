import type { IncomingMessage } from 'node:http'

/** Reads what is left of a request's body and keeps nothing, until it has ended or the client has gone. */
export async function drainBody(request: IncomingMessage): Promise<void> {
  request.unpipe()
  if (request.readableEnded || request.destroyed) return
  await new Promise<void>((resolve) => {
    request.once('end', resolve).once('close', resolve).resume()
  })
}

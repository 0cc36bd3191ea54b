import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Served = {
  files: Record<string, Buffer>
  /** After how many bytes the answer to the n-th request breaks off; undefined or beyond the list: never. */
  cutAfter?: (number | undefined)[]
}

/** A web server for files, with ranges, that can break off: in place of the addresses in the manifest. */
export async function serveFiles({ files, cutAfter = [] }: Served) {
  const requests: { path: string; range: string | undefined }[] = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = request.url!.slice(1)
    const { range } = request.headers
    const cut = cutAfter[requests.length]
    requests.push({ path, range })
    const whole = files[path]
    if (!whole) return response.writeHead(404).end()
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    const body = whole.subarray(from)
    response.writeHead(range ? 206 : 200, {
      'content-length': body.length,
      ...(range && { 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}` }),
    })
    if (cut === undefined) return response.end(body)
    // Ended, not destroyed: what was sent arrives, however slow the other side is.
    response.write(body.subarray(0, cut), () => response.socket?.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    requests,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

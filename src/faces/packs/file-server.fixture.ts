import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Served = {
  files: Record<string, Buffer>
  /**
   * After how many bytes the answer to the n-th request breaks off, once `hasArrived` says that they are there; undefined or
   * beyond the list: never. A client that loses its connection may lose what it has not read yet, so this waits for it.
   */
  cutAfter?: (number | undefined)[]
}

/** A web server for files, with ranges, that can break off: in place of the addresses in the manifest. */
export async function serveFiles({ files, cutAfter = [] }: Served) {
  const requests: { path: string; range: string | undefined }[] = []
  let held: { until: number; breakOff: () => void } | undefined
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
    const breakOff = () => response.destroy()
    if (cut === 0) {
      response.flushHeaders()
      return setImmediate(breakOff)
    }
    held = { until: from + cut, breakOff }
    response.write(body.subarray(0, cut))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    requests,
    /** To be told how many bytes of the file the client has. */
    hasArrived: (bytes: number) => {
      if (bytes === held?.until) held.breakOff()
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

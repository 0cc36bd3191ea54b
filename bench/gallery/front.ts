import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import sharp from 'sharp'

/** Different pictures that stand for all previews, each with the detail that gives a JPEG of usual size. */
const PICTURES = 24
const SMALL = { width: 480, height: 320, quality: 80, noise: 16 }

/**
 * Stands before a system whose photos have rows but no pictures: answers for the previews, hands on everything else.
 *
 * @param to address of the system
 */
export async function openFront(
  to: string,
): Promise<{ url: string; server: Server; bytes: number }> {
  const pictures = await Promise.all(Array.from({ length: PICTURES }, (_, at) => draw(at)))
  const upstream = new URL(to)
  let asked = 0
  const server = createServer((ask, answer) => {
    if (/\.jpg(\?|$)|\/previews?\//.test(ask.url ?? '')) {
      answer.writeHead(200, { 'Content-Type': 'image/jpeg', 'Cache-Control': 'max-age=3600' })
      answer.end(pictures[asked++ % PICTURES])
      return
    }
    const { method, headers, url: path } = ask
    const on = request(
      { host: upstream.hostname, port: upstream.port, method, path, headers },
      (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers)
        got.pipe(answer)
      },
    )
    on.on('error', () => answer.destroy())
    ask.pipe(on)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const bytes = pictures.reduce((sum, { length }) => sum + length, 0) / PICTURES
  return { url: `http://127.0.0.1:${port}`, server, bytes }
}

function draw(at: number): Promise<Buffer> {
  const { width, height, quality, noise } = SMALL
  const grain = { type: 'gaussian' as const, mean: 110 + ((at * 5) % 60), sigma: noise }
  return sharp({ create: { width, height, channels: 3, background: '#808080', noise: grain } })
    .blur(1)
    .tint({ r: (at * 83) % 256, g: (at * 47) % 256, b: (at * 29) % 256 })
    .jpeg({ quality })
    .toBuffer()
}

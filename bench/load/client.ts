import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'

export type Ask = {
  path: string
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: Buffer
  /** The text of the answer is wanted, not only its end. */
  isRead?: boolean
}
export type Answer = { status: number; retryAfter: string | undefined; text: string }

const TIMEOUT_MS = 30_000

/** Speaks to one server over kept connections; as `fetch`, at a third of its cost. */
export function openClient(url: string, connections: number) {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'lifo' })
  const send = ({ path, method = 'GET', headers = {}, body, isRead = false }: Ask) =>
    new Promise<Answer>((resolve, reject) => {
      const length = body && { 'content-length': body.byteLength }
      const sent = request(
        { hostname, port, path, method, agent, headers: { ...headers, ...length } },
        (answer) => {
          const retryAfter = answer.headers['retry-after']
          const done = (text: string) =>
            resolve({ status: answer.statusCode ?? 0, retryAfter, text })
          answer.on('error', reject)
          if (isRead) return text(answer).then(done, reject)
          answer.on('end', () => done('')).resume()
        },
      )
      sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error('no answer in time')))
      sent.on('error', reject)
      sent.end(body)
    })
  return { send, close: () => agent.destroy() }
}

export type Client = ReturnType<typeof openClient>

import { connect, type Socket } from 'node:net'

export type Ask = {
  path: string
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: Buffer
}
export type Answer = { status: number; retryAfter: string | undefined }

const TIMEOUT_MS = 30_000
const HEAD_END = '\r\n\r\n'

/**
 * Speaks to one server over kept connections, and looks at no more of an answer than its status, its length and `Retry-After`: it
 * shares the cores with what it measures, and `node:http` takes 0.85 ms of CPU a picture, half of what the server took.
 */
export function openClient(url: string, connections: number) {
  const { hostname, port, host } = new URL(url)
  const idle: Connection[] = []
  const waiting: ((connection: Connection) => void)[] = []
  const all = new Set<Connection>()

  const take = (): Connection | Promise<Connection> => {
    const connection = idle.pop()
    if (connection) return connection
    if (all.size >= connections) return new Promise((resolve) => waiting.push(resolve))
    return openNew()
  }
  const openNew = () => {
    const made = openConnection({ hostname, port: Number(port) }, () => {
      all.delete(made)
      const at = idle.indexOf(made)
      if (at >= 0) idle.splice(at, 1)
      const next = waiting.shift()
      if (next) next(openNew())
    })
    all.add(made)
    return made
  }
  const giveBack = (connection: Connection) => {
    if (!all.has(connection)) return
    const next = waiting.shift()
    if (next) next(connection)
    else idle.push(connection)
  }
  return {
    async send({ path, method = 'GET', headers = {}, body }: Ask): Promise<Answer> {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
      const length = body ? `content-length: ${body.byteLength}\r\n` : ''
      const head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${lines.join('')}${length}\r\n`
      const connection = await take()
      try {
        return await connection.ask(head, body)
      } finally {
        giveBack(connection)
      }
    },
    close() {
      for (const { socket } of all) socket.destroy()
    },
  }
}

export type Client = ReturnType<typeof openClient>
type Connection = ReturnType<typeof openConnection>
type Asked = { resolve: (answer: Answer) => void; reject: (error: Error) => void }

/** One request at a time. Bytes of all connections arrive in one buffer, and are counted. */
function openConnection(to: { hostname: string; port: number }, onClose: () => void) {
  let asked: Asked | undefined
  let head = ''
  let left = 0
  let answer: Answer | undefined
  const end = (use: (asked: Asked) => void) => {
    const ended = asked
    asked = answer = undefined
    head = ''
    socket.setTimeout(0)
    if (ended) use(ended)
  }
  const read = (bytes: Buffer) => {
    let from = 0
    if (!answer) {
      const before = head.length
      head += bytes.toString('latin1')
      const at = head.indexOf(HEAD_END)
      if (at < 0) return
      const parsed = parseHead(head.slice(0, at))
      if (!parsed) return void socket.destroy(new Error('an answer without a length'))
      answer = { status: parsed.status, retryAfter: parsed.retryAfter }
      left = parsed.length
      from = at + HEAD_END.length - before
    }
    left -= bytes.length - from
    if (left <= 0) {
      const whole = answer
      end(({ resolve }) => resolve(whole))
    }
  }
  const socket: Socket = connect({
    host: to.hostname,
    port: to.port,
    noDelay: true,
    onread: {
      buffer: SHARED,
      callback: (size, buffer) => {
        read((buffer as Buffer).subarray(0, size))
        return true
      },
    },
  })
  socket.on('timeout', () => socket.destroy(new Error('no answer in time')))
  socket.on('error', (error) => end(({ reject }) => reject(error)))
  socket.on('close', () => {
    onClose()
    end(({ reject }) => reject(new Error('the connection was closed')))
  })
  return {
    socket,
    ask: (text: string, body: Buffer | undefined) =>
      new Promise<Answer>((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the connection was closed'))
        asked = { resolve, reject }
        socket.setTimeout(TIMEOUT_MS)
        if (body) socket.cork()
        socket.write(text, 'latin1')
        if (body) {
          socket.write(body)
          socket.uncork()
        }
      }),
  }
}

const SHARED = Buffer.allocUnsafe(256 * 1024)

function parseHead(head: string) {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) return undefined
  return {
    status: Number(head.slice(9, 12)),
    length: Number(length),
    retryAfter: /\r\nretry-after: *([^\r]+)/i.exec(head)?.[1],
  }
}

import type { FastifyRequest } from 'fastify'

/** A cookie that a request carries; undefined when it does not, or when it is empty. */
export function cookieOf({ headers }: Pick<FastifyRequest, 'headers'>, name: string) {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [key, value] = pair.split('=', 2)
    if (key?.trim() === name && value) return value.trim()
  }
  return undefined
}

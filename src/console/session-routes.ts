import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Db } from '../db/connect.ts'
import type { Identity } from '../http/authenticate.ts'
import type { BaseUrl } from '../http/base-url.ts'
import { failures, Success, success } from '../http/envelope.ts'
import { assertOwnRequest, sessionCookie, sessionSecretOf } from '../http/session-cookie.ts'
import { Session } from './schema.ts'
import { closeSession, findSession, openSession, SESSION_SECONDS } from './sessions.ts'

/** Guessing 192 bits is hopeless; this keeps those who try off the database. */
const SIGN_INS_PER_MINUTE = 20

const NoSession = Success(Type.Object({ session: Type.Null() }))
const sessionView = ({ orgId, keyId, keyName }: Identity) => ({
  org_id: orgId,
  key_id: keyId,
  key_name: keyName,
})

/** Signing in to the console: a key is exchanged for a cookie that scripts cannot read, and is forgotten by the browser. */
export const sessionRoutes =
  (deps: { db: Db; baseUrl: BaseUrl }): FastifyPluginAsyncTypebox =>
  async (app) => {
    const cookie = (request: FastifyRequest, secret: string, maxAgeSeconds: number) =>
      sessionCookie(secret, {
        isSecure: deps.baseUrl(request).startsWith('https:'),
        maxAgeSeconds,
      })

    app.post(
      '/session',
      {
        config: { rateLimit: { max: SIGN_INS_PER_MINUTE, timeWindow: 60_000 } },
        schema: {
          operationId: 'signIn',
          summary: 'Exchange a key of the scope manage for a session cookie',
          description: `The cookie is HTTP-only and of this site alone; a session lasts ${SESSION_SECONDS / 3600} hours, or 2 without use. It stands for the header X-API-Key; changes then need the header X-Trackside-Console, with any value.`,
          tags: ['keys'],
          security: [],
          body: Type.Object(
            { key: Type.String({ minLength: 1, maxLength: 200 }) },
            { additionalProperties: false },
          ),
          response: {
            200: Success(Type.Object({ session: Session })),
            ...failures('sign_in_refused'),
          },
        },
      },
      async (request, reply) => {
        assertOwnRequest(request)
        const { secret, identity } = await openSession(deps, request.body.key)
        reply.header('Set-Cookie', cookie(request, secret, SESSION_SECONDS))
        return success('Signed in', { session: sessionView(identity) })
      },
    )

    app.get(
      '/session',
      {
        schema: {
          operationId: 'getSession',
          summary: 'Who is signed in to the console; null when nobody is',
          tags: ['keys'],
          security: [],
          response: {
            200: Success(Type.Object({ session: Type.Union([Session, Type.Null()]) })),
            ...failures(),
          },
        },
      },
      async (request) => {
        const secret = sessionSecretOf(request)
        const identity = secret && (await findSession(deps, secret))
        return success(identity ? 'Signed in' : 'Not signed in', {
          session: identity ? sessionView(identity) : null,
        })
      },
    )

    app.delete(
      '/session',
      {
        schema: {
          operationId: 'signOut',
          summary: 'End the session',
          tags: ['keys'],
          security: [],
          response: { 200: NoSession, ...failures() },
        },
      },
      async (request, reply) => {
        assertOwnRequest(request)
        const secret = sessionSecretOf(request)
        if (secret) await closeSession(deps, secret)
        reply.header('Set-Cookie', cookie(request, '', 0))
        return success('Signed out', { session: null })
      },
    )
  }

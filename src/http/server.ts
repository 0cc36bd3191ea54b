import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { newId } from '../lib/ids.ts'
import { routeNotFound, sendError } from './error-handler.ts'

/** A Fastify whose answers are envelopes with a request id, and whose schemas are TypeBox. */
export type Server = FastifyInstance<
  import('node:http').Server,
  import('node:http').IncomingMessage,
  import('node:http').ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

const AJV = { allErrors: true, discriminator: true, useDefaults: true, strict: false } as const

type ServerOptions = {
  /** Whose X-Forwarded-* headers are believed. */
  trustedProxies?: readonly string[]
  /** How long the headers of a request may take. */
  headersMs?: number
}

/** Connections of one process at a time: far beyond what it can answer, and below what it may open. */
const MAX_CONNECTIONS = 10_000

export function createServer(
  logger: FastifyBaseLogger,
  { trustedProxies = [], headersMs = 20_000 }: ServerOptions = {},
): Server {
  const server = Fastify({
    loggerInstance: logger,
    genReqId: () => newId(),
    requestIdHeader: false,
    bodyLimit: 2 ** 20,
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: true },
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    // What the router refuses never reaches a hook: a broken escape, a parameter that is too long.
    frameworkErrors: (error, request, reply) => {
      reply.header('X-Request-Id', request.id)
      sendError(error, request, reply)
    },
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    // A slow client gets its time for uploads, but its headers must come at once.
    requestTimeout: 0,
    // Nothing in either direction: who is there sends, or takes what we send.
    connectionTimeout: 120_000,
    keepAliveTimeout: 72_000,
    http: { connectionsCheckingInterval: Math.min(5000, headersMs), headersTimeout: headersMs },
  }).withTypeProvider<TypeBoxTypeProvider>()
  server.server.headersTimeout = headersMs
  server.server.maxConnections = MAX_CONNECTIONS

  // Text of a URL becomes the number it says; a JSON body must have the right types itself.
  const coercing = addFormats.default(new Ajv({ ...AJV, coerceTypes: true }))
  const exact = addFormats.default(new Ajv(AJV))
  server.setValidatorCompiler(({ schema, httpPart }) =>
    (httpPart === 'body' ? exact : coercing).compile(schema as object),
  )
  server.setErrorHandler(sendError)
  server.setNotFoundHandler((request) => {
    throw routeNotFound(request)
  })
  server.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id)
  })
  // The route, not the URL: a query may hold a signature.
  server.addHook(
    'onResponse',
    async ({ log, method, routeOptions, identity }, { statusCode, elapsedTime }) => {
      const ms = Math.round(elapsedTime)
      log.info(
        { method, route: routeOptions.url, status: statusCode, ms, key: identity?.keyId },
        'request',
      )
    },
  )
  return server
}

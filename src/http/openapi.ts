import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { type TSchema, Type } from 'typebox'
import { ERROR_CODES } from '../lib/error-codes.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Shape of a body that the route streams or parses itself: told in the document, checked by the route. */
    streamedBody?: TSchema
  }
}

/** A file inside a multipart body, or as the whole body. */
export const FilePart = (description: string) => Type.String({ format: 'binary', description })

/** The page of Swagger UI draws some styles itself; scripts are files of ours. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The OpenAPI 3.1 document, made from the routes' own schemas, at `/openapi.json` and to browse at `/docs`. */
export const openApiPlugin = ({ version }: { version: string }) =>
  fp(async (app) => {
    await app.register(swagger, {
      transform: ({ schema, url, route }) => {
        const body = route.config?.streamedBody
        return { schema: body ? { ...schema, body } : schema, url }
      },
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'trackside',
          version,
          license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
          description: description(),
        },
        servers: [{ url: '/' }],
        tags: [
          { name: 'events', description: 'Events and their features' },
          { name: 'search', description: 'Photos by bib, by selfie, by time' },
          { name: 'downloads', description: 'Clean originals' },
          { name: 'photos', description: 'For organisers and photographers' },
          { name: 'gallery', description: 'What the public pages ask; no key' },
          { name: 'review', description: 'Corrections of bibs, and how right they are' },
          { name: 'videos', description: 'Clips' },
          { name: 'forgetting', description: 'People who ask not to be found' },
          { name: 'keys', description: 'API keys' },
          { name: 'pictures', description: 'Watermarked previews' },
        ],
        components: {
          securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
        },
        security: [{ apiKey: [] }],
      },
    })
    await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: DOCS_POLICY })
    app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  })

const description = () => `
Find the photos of an event by bib number, by selfie and by time. Send your key in the header \`X-API-Key\`.

Every body has the keys \`responseType\`, \`message\` and \`data\`. Every error carries the header \`X-Error-Code\`:

| code | status | meaning |
| --- | --- | --- |
${Object.entries(ERROR_CODES)
  .map(([code, { status, meaning }]) => `| \`${code}\` | ${status} | ${meaning} |`)
  .join('\n')}
`

import type { Server } from '../../src/http/server.ts'

/** As much of JSON Schema as the routes use. */
export type Schema = {
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minItems?: number
  maxItems?: number
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  format?: string
}

export type Parameter = { in: string; name: string; required?: boolean; schema: Schema }

/** One operation of the OpenAPI document. */
export type Operation = {
  id: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  /** False for what everybody may see. */
  needsKey: boolean
  parameters: Parameter[]
  /** Schema of the body by content type. */
  bodies: [type: string, schema: Schema][]
}

type Document = {
  paths: Record<
    string,
    Record<
      string,
      {
        operationId: string
        security?: unknown[]
        parameters?: Parameter[]
        requestBody?: { content: Record<string, { schema?: Schema }> }
      }
    >
  >
}

/** What the server says it can do; those that delete come last, the event itself at the very end. */
export async function listOperations(app: Server): Promise<Operation[]> {
  await app.ready()
  const { paths } = app.swagger() as unknown as Document
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, { operationId, security, parameters = [], requestBody }]): Operation => ({
        id: operationId,
        method: method.toUpperCase() as Operation['method'],
        path,
        needsKey: !(security?.length === 0),
        parameters,
        bodies: Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => [
          type,
          schema ?? {},
        ]),
      }),
    ),
  )
  const rank = ({ method, id }: Operation) =>
    id === 'deleteEvent' ? 2 : method === 'DELETE' ? 1 : 0
  return all.sort((a, b) => rank(a) - rank(b))
}

/** The path with its parameters filled in. @throws Error for one that has no value */
export const fillPath = (path: string, values: Readonly<Record<string, string | number>>): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`no value for {${name}} of ${path}`)
    return encodeURIComponent(value)
  })

import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { FilePart } from './openapi.ts'

/** Names under which clients send the picture. */
const FILE_PARTS = new Set(['file', 'selfie', 'image', 'photo'])
export const SelfieForm = Type.Object({
  file: Type.Optional(FilePart('the selfie; not needed for a request_id that was searched before')),
  request_id: Type.Optional(Type.String({ format: 'uuid' })),
})
/** AWS and others ask for one to three; more gains little and takes a quarter of a second each. */
export const MAX_SELFIES = 5

/** The pictures and the text fields of a selfie form; a request that is no form has neither. */
export async function readSelfieForm(request: FastifyRequest) {
  const fields = new Map<string, string>()
  const selfies: Buffer[] = []
  if (request.isMultipart())
    for await (const part of request.parts()) {
      if (part.type === 'field') fields.set(part.fieldname, String(part.value))
      else if (FILE_PARTS.has(part.fieldname)) selfies.push(await part.toBuffer())
      else part.file.resume()
    }
  return { selfies, fields }
}

import type { Static, TSchema } from 'typebox'
import { Check, Errors } from 'typebox/value'
import { ChangeEvent } from '../events/index.ts'
import { tellFaults } from '../lib/tell-faults.ts'

/**
 * Settings as they are typed, such as `timezone=Europe/Berlin motion.max_clip=20 gallery_password=null`, as the API takes them.
 *
 * @throws Error that names the setting and what it may be
 */
export function readSettings(typed: readonly string[]): ChangeEvent {
  const change: Record<string, unknown> = {}
  for (const text of typed) {
    const [path = '', ...rest] = text.split('=')
    if (rest.length === 0)
      throw new Error(`"${text}" must be name=value, such as timezone=Europe/Berlin.`)
    put(change, path.split('.'), rest.join('='))
  }
  return checkInput(ChangeEvent, change)
}

/** @throws Error that names each field and what it must be */
export function checkInput<Schema extends TSchema>(schema: Schema, value: unknown): Static<Schema> {
  if (Check(schema, value)) return value
  throw new Error(tellFaults(Errors(schema, value)).join('; '))
}

function put(
  change: Record<string, unknown>,
  [name = '', ...inner]: readonly string[],
  text: string,
  properties: Record<string, TSchema> = ChangeEvent.properties,
): void {
  const schema = Object.hasOwn(properties, name) ? properties[name] : undefined
  const within = schema && 'properties' in schema ? (schema.properties as typeof properties) : {}
  if (!schema || (inner.length > 0 && !Object.hasOwn(within, inner[0]!)))
    throw new Error(
      `There is no setting "${[name, ...inner].join('.')}". There are: ${SETTINGS.join(', ')}.`,
    )
  if (inner.length === 0) change[name] = Check(schema, text) ? text : parse(text)
  else {
    const group = (change[name] ?? {}) as Record<string, unknown>
    change[name] = group
    put(group, inner, text, within)
  }
}

/** true, false, null, numbers and objects; everything else is a text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const SETTINGS = Object.entries(ChangeEvent.properties).flatMap(([name, schema]) =>
  'properties' in schema
    ? Object.keys(schema.properties as object).map((inner) => `${name}.${inner}`)
    : [name],
)

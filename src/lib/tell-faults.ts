/** What a check against a schema found, as Ajv and TypeBox say it. */
export type Fault = {
  keyword?: string
  /** A JSON pointer, such as `/motion/max_clip`. */
  instancePath: string
  message?: string | undefined
  params: object
}

/**
 * Faults for people, one a field: `body.motion.max_clip: must be <= 600`.
 *
 * @param root what the whole is called; it may have no name
 */
export function tellFaults(faults: readonly Fault[], root = ''): string[] {
  const told = new Map<string, string>()
  for (const { keyword, instancePath, message = 'is invalid', params } of faults) {
    const path = [root, ...instancePath.split('/').slice(1)].filter((part) => part !== '')
    const tell = (names: readonly string[], text: string) => {
      const field = [...path, ...names].join('.')
      // Of a choice of schemas the first is what is meant: the others say "or null", then that none fits.
      if (!told.has(field)) told.set(field, text.replaceAll(';', ','))
    }
    if (keyword === 'boolean') continue // a field that is not known, which is told below
    if (keyword === 'additionalProperties')
      for (const name of namesOf(params, 'additionalProp')) tell([name], 'there is no such field')
    else if (keyword === 'required')
      for (const name of namesOf(params, 'missingProp', 'requiredProp')) tell([name], 'is missing')
    else if (keyword === 'enum' && 'allowedValues' in params && Array.isArray(params.allowedValues))
      tell([], `must be one of ${params.allowedValues.join(', ')}`)
    else tell([], message)
  }
  return [...told].map(([field, text]) => (field === '' ? text : `${field}: ${text}`))
}

/** The names in parameters that begin so: Ajv has one name at a time, TypeBox a list. */
const namesOf = (params: object, ...prefixes: string[]): string[] =>
  Object.entries(params).flatMap(([key, value]: [string, unknown]) =>
    prefixes.some((prefix) => key.startsWith(prefix)) ? [value].flat().map(String) : [],
  )

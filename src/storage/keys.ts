const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/

/** S3 allows 1,024 bytes a key, file systems 255 a name; ours are below 100. */
const MAX_KEY = 512
const MAX_SEGMENT = 200

/**
 * Checks the key of an object, or a folder of keys: segments of letters, digits, `.`, `_`, `-`, joined by `/`. No segment is
 * empty or begins with a dot, so none leaves the store or meets the store's own files.
 * @throws RangeError for anything else: keys are made by the program, so this is a bug of its.
 */
export function assertKey(key: string): void {
  const segments = key.split('/')
  const isGood =
    key.length <= MAX_KEY &&
    segments.every((part) => SEGMENT.test(part) && part.length <= MAX_SEGMENT)
  if (!isGood)
    throw new RangeError(`Not a key of the object store: ${JSON.stringify(key.slice(0, 200))}`)
}

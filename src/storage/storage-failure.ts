import { errorCodeOf } from '../lib/error-code-of.ts'

const MEANINGS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  EIO: 'the disk reports a read or write error',
  EMFILE: 'too many files are open (see ulimit -n)',
  ENFILE: 'too many files are open on this machine',
  EXDEV: 'a folder of the store lies on another file system',
  ENOTDIR: 'a part of the key is an object, not a folder',
  EEXIST: 'a part of the key is an object, not a folder',
  EISDIR: 'the key is a folder',
  ENOTEMPTY: 'the key is a folder',
}

/** Says in words what the disk refused, with the system error as `cause`; other errors stay as they are. */
export function explainFailure(
  error: unknown,
  { directory, key }: { directory: string; key: string },
): unknown {
  const code = errorCodeOf(error)
  const meaning = code === undefined ? undefined : MEANINGS[code]
  if (!meaning) return error
  return new Error(`Object ${key} in ${directory}: ${meaning} (${code})`, { cause: error })
}

import { errorCodeOf } from '../../lib/error-code-of.ts'

const REASONS: Record<string, string> = {
  ENOENT: 'it does not exist',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a link that leads to itself',
  EIO: 'the disk or card gives read errors',
  ESTALE: 'the network share was disconnected',
  ENOTCONN: 'the network share was disconnected',
}

/** Why the file system refuses a file, for people; undefined when the error is not the file system's. */
export function whyUnreadable(error: unknown): string | undefined {
  const code = errorCodeOf(error)
  if (code === undefined || !(error instanceof Error) || !('syscall' in error)) return undefined
  return REASONS[code] ?? error.message
}

/** A file that could not be read to its end while it was being sent. */
export class UnreadableFile extends Error {
  override name = 'UnreadableFile'
}

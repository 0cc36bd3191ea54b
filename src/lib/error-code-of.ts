/** The `code` of a system error (`ENOENT`, `EEXIST`), undefined for anything else that was thrown. */
export function errorCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

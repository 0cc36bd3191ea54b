/** What one check says. `ok` and `warn` let trackside run; `fail` does not. The text says what to do. */
export type Finding = { level: 'ok' | 'warn' | 'fail'; text: string }

export const ok = (text: string): Finding => ({ level: 'ok', text })
export const warn = (text: string): Finding => ({ level: 'warn', text })
export const fail = (text: string): Finding => ({ level: 'fail', text })

/** The last sentence that an error has to say, on one line. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ')

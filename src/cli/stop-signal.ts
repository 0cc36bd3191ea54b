/** One Ctrl-C may arrive twice: from the terminal, and handed on by npm. */
const SAME_WISH_MS = 1000

/** Waits for Ctrl-C or SIGTERM; a second one, not at the same moment, ends the process at once. */
export function onStopSignal(onFirst: () => void): Promise<void> {
  return new Promise((resolve) => {
    let stoppingSince: number | undefined
    const stop = () => {
      if (stoppingSince !== undefined) {
        if (performance.now() - stoppingSince > SAME_WISH_MS) process.exit(130)
        return
      }
      stoppingSince = performance.now()
      onFirst()
      resolve()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}

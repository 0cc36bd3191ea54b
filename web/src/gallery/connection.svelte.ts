/** Whether the last read got through; the page says so while it does not. */
class Connection {
  isLost = $state(!navigator.onLine)

  /** Ends after a while, or as soon as the browser is online again. */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    const over = new AbortController()
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms)
      const options = { signal: over.signal }
      addEventListener('online', () => resolve(), options)
      signal?.addEventListener('abort', () => reject(signal.reason), options)
      over.signal.addEventListener('abort', () => clearTimeout(timer))
    }).finally(() => over.abort())
  }
}

export const connection = new Connection()
addEventListener('offline', () => {
  connection.isLost = true
})
addEventListener('online', () => {
  connection.isLost = false
})

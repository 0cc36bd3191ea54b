import { readFile } from 'node:fs/promises'

const EVERY_MS = 50
const PAGE_BYTES = 4096

/**
 * Calls back once when a process holds more resident memory than it may. Looks where Linux tells it; elsewhere the limit of pixels
 * alone holds.
 */
export function watchMemory(
  pid: number | undefined,
  maxBytes: number,
  onExceeded: () => void,
): { stop(): void } {
  let isStopped = pid === undefined || process.platform !== 'linux'
  const look = async () => {
    const text = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => undefined)
    if (isStopped) return
    const pages = Number(text?.split(' ')[1])
    if (pages * PAGE_BYTES > maxBytes) {
      isStopped = true
      onExceeded()
    } else setTimeout(look, EVERY_MS).unref()
  }
  if (!isStopped) setTimeout(look, EVERY_MS).unref()
  return {
    stop() {
      isStopped = true
    },
  }
}

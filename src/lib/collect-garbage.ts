import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Has this isolate look through its heap now: 10 to 70 ms, in which nothing else runs in it. */
export function collectGarbage(): void {
  collector ??= findCollector()
  collector()
}

/**
 * Lets the heaps of this process grow to five times of what lives in them before V8 looks through them, where it would at twice. Buffers count
 * too: a photo's scaled copies, freed as they are, made both heaps of a worker be looked through at each photo (decision 0032).
 */
export function collectLess(): void {
  setFlagsFromString('--heap-growing-percent=400')
}

let collector: (() => void) | undefined

/** V8 shows it to new contexts alone, and only while it is told to. */
function findCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  if (typeof found !== 'function') throw new Error('V8 offers no garbage collection')
  return () => found()
}

/**
 * V8 does not count shared memory: it would keep any number of gigabytes that nobody uses until something else makes it collect. Tell
 * this of each shared memory that an isolate makes or gets, and it collects after every so many bytes of it.
 */
export function collectEvery(bytes: number): (shared: Uint8Array) => void {
  let passed = 0
  return ({ byteLength }) => {
    passed += byteLength
    if (passed < bytes) return
    passed = 0
    collectGarbage()
  }
}

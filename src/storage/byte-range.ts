import type { ByteRange } from './object-store.ts'

/** @throws RangeError for what is no half-open range of whole numbers from 0 */
export function assertRange({ start, end }: ByteRange): void {
  const isGood =
    Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end
  if (!isGood) throw new RangeError(`Not a byte range: ${start} to ${end}`)
}

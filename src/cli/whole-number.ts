import { InvalidArgumentError } from 'commander'

/** An argument that counts or names something by number. @throws InvalidArgumentError */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.')
  return value
}

/**
 * Just enough of the WebAssembly binary format to write one SIMD function: an instruction is the list of its bytes,
 * and a function of this file puts operands before their operator, as the stack machine wants them.
 * Opcodes: https://webassembly.github.io/spec/core/appendix/index-instructions.html
 */
export type Code = readonly number[]

export const I32 = 0x7f
export const V128 = 0x7b

/**
 * A module with one exported function over an imported shared memory (`env.memory`, at most `maxPages` of 64 KiB).
 *
 * @param parameters how many parameters; they are i32 as the result is, and the first locals
 * @param locals the further locals, in runs of one type
 * @param body leaves one i32 on the stack
 */
export function assembleFunction(
  { name, parameters, locals }: { name: string; parameters: number; locals: [number, number][] },
  body: Code,
  maxPages: number,
): Uint8Array<ArrayBuffer> {
  const type = [1, 0x60, parameters, ...Array<number>(parameters).fill(I32), 1, I32]
  const imported = [1, ...text('env'), ...text('memory'), 0x02, 0x03, 1, ...unsigned(maxPages)]
  const code = [locals.length, ...locals.flat(), ...body, 0x0b]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // "\0asm", version 1
    ...section(1, type),
    ...section(2, imported),
    ...section(3, [1, 0]), // one function, of type 0
    ...section(7, [1, ...text(name), 0x00, 0]), // exported
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ])
}

export const get = (local: number): Code => [0x20, local]
export const set = (local: number, value: Code): Code => [...value, 0x21, local]
export const tee = (local: number, value: Code): Code => [...value, 0x22, local]

export const int = (value: number): Code => [0x41, ...signed(value)]
export const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a]
export const shiftLeft = (a: Code, bits: number): Code => [...a, ...int(bits), 0x74]
export const isAtLeast = (a: Code, b: Code): Code => [...a, ...b, 0x4e]
export const isBelowUnsigned = (a: Code, b: Code): Code => [...a, ...b, 0x49]
export const store = (address: Code, value: Code, offset = 0): Code => [
  ...address,
  ...value,
  0x36,
  2,
  ...unsigned(offset),
]

/** `do { body } while (condition)` */
export const repeatWhile = (condition: Code, ...body: Code[]): Code => [
  0x03,
  0x40,
  ...body.flat(),
  ...condition,
  0x0d,
  0,
  0x0b,
]
export const when = (condition: Code, ...body: Code[]): Code => [
  ...condition,
  0x04,
  0x40,
  ...body.flat(),
  0x0b,
]

const simd = (operation: number): Code => [0xfd, ...unsigned(operation)]
export const ZERO_LANES: Code = [...simd(0x0c), ...Array<number>(16).fill(0)]
/** 8 numbers of int16. */
export const loadInt16s = (address: Code, offset: number): Code => [
  ...address,
  ...simd(0x00),
  1,
  ...unsigned(offset),
]
/** 8 numbers of int8, widened to int16. */
export const loadInt8s = (address: Code, offset: number): Code => [
  ...address,
  ...simd(0x01),
  0,
  ...unsigned(offset),
]
/** 8 products of int16, added in pairs: 4 lanes of int32. */
export const dotPairs = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xba)]
export const addLanes = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xae)]
export const lane = (a: Code, index: number): Code => [...a, ...simd(0x1b), index]

const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content]
const text = (value: string): Code => [value.length, ...Buffer.from(value, 'ascii')]

/** LEB128: 7 bits a byte, the lowest first, the top bit says that more follow. */
function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
}

/** LEB128 in two's complement: ends where the rest is nothing but the sign of the last byte. */
function signed(value: number): Code {
  const isLast = value >= -64 && value < 64
  return isLast ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)]
}

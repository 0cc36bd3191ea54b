/**
 * Reads ONNX files: nodes and float constants, as far as rewriting a small convolution net needs them. Field numbers are those of
 * `onnx.proto3` (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
 */

export type OnnxAttribute = number | string | readonly number[]
export type OnnxNode = {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}
export type OnnxTensor = { readonly dims: readonly number[]; readonly data: Float32Array }
export type OnnxModel = {
  /** In the order they run; nodes that only name a constant are left out. */
  readonly nodes: readonly OnnxNode[]
  /** Float tensors, those of `Constant` nodes included. */
  readonly constants: ReadonlyMap<string, OnnxTensor>
  /** All tensors by name, as they stand in the file. */
  readonly encoded: ReadonlyMap<string, Uint8Array>
}

const FLOAT = 1

/** @throws Error when the bytes are no ONNX file */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  const [graph] = readMessage(bytes).bytes(7)
  if (!graph) throw new Error('the file holds no ONNX graph')
  const { bytes: fieldsOf } = readMessage(graph)
  const encoded = new Map<string, Uint8Array>()
  for (const tensor of fieldsOf(5)) encoded.set(textOf(tensor, 8), tensor)
  const nodes: OnnxNode[] = []
  for (const bytes of fieldsOf(1)) {
    const node = readMessage(bytes)
    const op = node.text(4)
    const outputs = node.texts(2)
    if (op === 'Constant') {
      for (const attribute of node.bytes(5))
        for (const tensor of readMessage(attribute).bytes(5)) encoded.set(outputs[0] ?? '', tensor)
      continue
    }
    const attributes = Object.fromEntries(node.bytes(5).flatMap(readAttribute))
    nodes.push({ op, inputs: node.texts(1), outputs, attributes })
  }
  const constants = new Map<string, OnnxTensor>()
  for (const [name, tensor] of encoded) keepFloats(constants, name, tensor)
  return { nodes, constants, encoded }
}

function keepFloats(constants: Map<string, OnnxTensor>, name: string, bytes: Uint8Array) {
  const tensor = readMessage(bytes)
  if (tensor.numbers(2)[0] !== FLOAT) return
  const raw = tensor.bytes(9)[0]
  const data = raw
    ? floatsOf(raw)
    : Float32Array.from(tensor.bytes(4).flatMap((b) => [...floatsOf(b)]))
  constants.set(name, { dims: tensor.numbers(1), data })
}

/** Numbers, strings and rows of integers; attributes of other types are left out. */
function readAttribute(bytes: Uint8Array): [string, OnnxAttribute][] {
  const attribute = readMessage(bytes)
  const name = attribute.text(1)
  const float = attribute.bytes(2)[0]
  const [integer] = attribute.numbers(3)
  const [string] = attribute.bytes(4)
  const integers = attribute.numbers(8)
  if (float) return [[name, floatsOf(float)[0] ?? 0]]
  if (string) return [[name, Buffer.from(string).toString()]]
  if (integers.length > 0) return [[name, integers]]
  return integer === undefined ? [] : [[name, integer]]
}

const textOf = (bytes: Uint8Array, field: number) => readMessage(bytes).text(field)

/** Little-endian, whatever the machine. */
function floatsOf(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true))
}

/** Bytes that follow a field's key, by the wire type in it; 0 is a varint, 2 tells its length. */
const FIXED_LENGTH: Partial<Record<number, number>> = { 1: 8, 5: 4 }
const LENGTH_DELIMITED = 2

/** A protobuf message: the values of each field, in order. */
function readMessage(message: Uint8Array) {
  const fields: { field: number; value: bigint | Uint8Array }[] = []
  let at = 0
  const varint = () => {
    const { value, next } = readVarint(message, at)
    at = next
    return value
  }
  while (at < message.length) {
    const key = Number(varint())
    const wire = key & 7
    if (wire === 0) {
      fields.push({ field: key >> 3, value: varint() })
      continue
    }
    const length = wire === LENGTH_DELIMITED ? Number(varint()) : FIXED_LENGTH[wire]
    if (length === undefined || at + length > message.length)
      throw new Error('the file is no ONNX file, or cut off')
    fields.push({ field: key >> 3, value: message.subarray(at, at + length) })
    at += length
  }
  const valuesOf = (wanted: number) =>
    fields.flatMap(({ field, value }) => (field === wanted ? [value] : []))
  const bytes = (field: number) => valuesOf(field).filter((value) => typeof value !== 'bigint')
  const texts = (field: number) => bytes(field).map((value) => Buffer.from(value).toString())
  return {
    bytes,
    texts,
    text: (field: number) => texts(field)[0] ?? '',
    /** Integers, one a field or packed into one. */
    numbers: (field: number) =>
      valuesOf(field).flatMap((value) =>
        typeof value === 'bigint' ? [toNumber(value)] : unpack(value),
      ),
  }
}

function unpack(bytes: Uint8Array): number[] {
  const numbers: number[] = []
  for (let at = 0; at < bytes.length; ) {
    const { value, next } = readVarint(bytes, at)
    numbers.push(toNumber(value))
    at = next
  }
  return numbers
}

const toNumber = (value: bigint) => Number(BigInt.asIntN(64, value))

function readVarint(bytes: Uint8Array, start: number): { value: bigint; next: number } {
  let value = 0n
  for (let at = start; at < Math.min(bytes.length, start + 10); at++) {
    const byte = bytes[at]!
    value |= BigInt(byte & 127) << BigInt(7 * (at - start))
    if (byte < 128) return { value, next: at + 1 }
  }
  throw new Error('the file is no ONNX file, or cut off')
}

/**
 * Writes ONNX files by hand: only the protobuf fields that small convolution nets need, so that converting weights
 * costs no dependency. Field numbers are those of `onnx.proto3` (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
 * The bytes depend on the calls alone, never on the machine, so a written file has one sha256.
 */

const IR_VERSION = 8
const OPSET = 13
const CONTRIB_DOMAIN = 'com.microsoft'
const CONTRIB_VERSION = 1
/** Begins the type of an operator that onnxruntime adds to the standard's: its `contrib_ops`. */
export const CONTRIB = `${CONTRIB_DOMAIN}.`
const TENSOR_TYPE = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const
const ATTRIBUTE_TYPE = { int: 2, string: 3, ints: 7 } as const

/** Name of a value in the graph: an input, a constant or what a node gives. */
export type ValueName = string

type Attribute = number | string | readonly number[]
/** A dimension: its length, or a name for one that is known only when the net runs. */
export type Dimension = number | string
export type PortShape = {
  readonly name: ValueName
  readonly dims: readonly Dimension[]
  /** What it holds; float32 when not said. */
  readonly type?: 'float' | 'uint8'
}
/** The numbers of a constant; their type is that of the array. */
export type ConstantValues = Float32Array | Uint8Array | Int8Array | Int32Array

/** A graph being built, node by node in the order they run. */
export type OnnxGraph = {
  /** Adds a constant, once for each name. */
  constant(name: string, dims: readonly number[], values: ConstantValues): ValueName
  /** Adds a row of int64, once for each name: shapes and paddings. */
  integers(name: string, values: readonly number[]): ValueName
  /** Adds a tensor as it was read from a file, once for each name. */
  copied(name: string, tensor: Uint8Array): ValueName
  /** Adds a node with one output and gives that output's name. See `CONTRIB`. */
  op(
    type: string,
    inputs: readonly ValueName[],
    attributes?: Record<string, Attribute>,
    output?: ValueName,
  ): ValueName
  /** The whole file. */
  encode(ports: { inputs: readonly PortShape[]; outputs: readonly PortShape[] }): Buffer
}

export function startGraph(name: string): OnnxGraph {
  const nodes: Buffer[] = []
  let usesContrib = false
  const tensors = new Map<string, Buffer>()

  function keep(tensorName: string, encodeTensor: () => Buffer): ValueName {
    if (!tensors.has(tensorName)) tensors.set(tensorName, encodeTensor())
    return tensorName
  }

  return {
    constant: (tensorName, dims, values) =>
      keep(tensorName, () => encodeTensor(tensorName, dims, typeOf(values), bytesOf(values))),
    integers: (tensorName, values) =>
      keep(tensorName, () =>
        encodeTensor(tensorName, [values.length], TENSOR_TYPE.int64, integerBytes(values)),
      ),
    // Of a field that stands twice the last counts: this names the tensor anew.
    copied: (tensorName, tensor) =>
      keep(tensorName, () => Buffer.concat([tensor, bytesField(8, tensorName)])),
    op(type, inputs, attributes = {}, output = `t${nodes.length}`) {
      usesContrib ||= type.startsWith(CONTRIB)
      nodes.push(
        Buffer.concat([
          ...inputs.map((input) => bytesField(1, input)),
          bytesField(2, output),
          bytesField(3, `n${nodes.length}`),
          ...typeFields(type),
          ...Object.entries(attributes).map(([key, value]) =>
            bytesField(5, encodeAttribute(key, value)),
          ),
        ]),
      )
      return output
    },
    encode({ inputs, outputs }) {
      const graph = Buffer.concat([
        ...nodes.map((node) => bytesField(1, node)),
        bytesField(2, name),
        ...[...tensors.values()].map((tensor) => bytesField(5, tensor)),
        ...inputs.map((port) => bytesField(11, encodePort(port))),
        ...outputs.map((port) => bytesField(12, encodePort(port))),
      ])
      const opsets = [opsetField('', OPSET)]
      if (usesContrib) opsets.push(opsetField(CONTRIB_DOMAIN, CONTRIB_VERSION))
      return Buffer.concat([
        intField(1, IR_VERSION),
        bytesField(2, 'trackside'),
        bytesField(7, graph),
        ...opsets,
      ])
    },
  }
}

/** An ONNX file that gives these values too: protobuf joins two messages of one field. */
export const withOutputs = (file: Uint8Array, names: readonly ValueName[]): Buffer =>
  Buffer.concat([
    file,
    bytesField(7, Buffer.concat(names.map((name) => bytesField(12, bytesField(1, name))))),
  ])

function encodeTensor(name: string, dims: readonly number[], type: number, raw: Buffer): Buffer {
  return Buffer.concat([
    ...dims.map((length) => intField(1, length)),
    intField(2, type),
    bytesField(8, name),
    bytesField(9, raw),
  ])
}

const opsetField = (domain: string, version: number) =>
  bytesField(8, Buffer.concat([bytesField(1, domain), intField(2, version)]))

const typeFields = (type: string): Buffer[] =>
  type.startsWith(CONTRIB)
    ? [bytesField(4, type.slice(CONTRIB.length)), bytesField(7, CONTRIB_DOMAIN)]
    : [bytesField(4, type)]

function encodeAttribute(name: string, value: Attribute): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([
      bytesField(1, name),
      bytesField(4, value),
      intField(20, ATTRIBUTE_TYPE.string),
    ])
  if (typeof value === 'number')
    return Buffer.concat([
      bytesField(1, name),
      intField(3, value),
      intField(20, ATTRIBUTE_TYPE.int),
    ])
  return Buffer.concat([
    bytesField(1, name),
    ...value.map((element) => intField(8, element)),
    intField(20, ATTRIBUTE_TYPE.ints),
  ])
}

function encodePort({ name, dims, type = 'float' }: PortShape): Buffer {
  const shape = dims.map((length) =>
    bytesField(1, typeof length === 'string' ? bytesField(2, length) : intField(1, length)),
  )
  const tensorType = Buffer.concat([
    intField(1, TENSOR_TYPE[type]),
    bytesField(2, Buffer.concat(shape)),
  ])
  return Buffer.concat([bytesField(1, name), bytesField(2, bytesField(1, tensorType))])
}

const VARINT = 0
const LENGTH_DELIMITED = 2

const intField = (field: number, value: number) =>
  Buffer.concat([varint((field << 3) | VARINT), varint(value)])

function bytesField(field: number, value: Buffer | string): Buffer {
  const body = typeof value === 'string' ? Buffer.from(value) : value
  return Buffer.concat([varint((field << 3) | LENGTH_DELIMITED), varint(body.length), body])
}

/** Seven bits a byte, lowest first; negative numbers as 64-bit two's complement, as protobuf wants. */
function varint(value: number): Buffer {
  const out: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  out.push(Number(rest))
  return Buffer.from(out)
}

function typeOf(values: ConstantValues): number {
  if (values instanceof Float32Array) return TENSOR_TYPE.float
  if (values instanceof Int32Array) return TENSOR_TYPE.int32
  return values instanceof Int8Array ? TENSOR_TYPE.int8 : TENSOR_TYPE.uint8
}

/** ONNX stores raw tensors little-endian, whatever the machine. */
function bytesOf(values: ConstantValues): Buffer {
  const out = Buffer.allocUnsafe(values.byteLength)
  if (values instanceof Float32Array)
    values.forEach((value, i) => void out.writeFloatLE(value, i * 4))
  else if (values instanceof Int32Array)
    values.forEach((value, i) => void out.writeInt32LE(value, i * 4))
  else out.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  return out
}

function integerBytes(values: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(values.length * 8)
  for (let i = 0; i < values.length; i++) out.writeBigInt64LE(BigInt(values[i]!), i * 8)
  return out
}

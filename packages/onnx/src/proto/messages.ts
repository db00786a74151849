// The part of ONNX's schema that Shoal needs, as tables: field name → [number, type, how often]. The
// TypeScript types are derived from the tables, so the two cannot drift apart. Not a codec: `decode.ts` and
// `encode.ts` walk these tables. Fields not listed are kept as raw bytes and written back as they were.
// Source: onnx/onnx.proto of the ONNX repository, IR version 11 (https://github.com/onnx/onnx).

/** What a scalar field holds. `int` is an int64/int32/enum within ±2^53, `long` one that may exceed it. */
type ScalarValue = { int: number; long: bigint; float: number; string: string; bytes: Uint8Array }

/** What a packed field holds: a typed array, a view of the file where its alignment allows. */
type PackedValue = {
  float: Float32Array
  double: Float64Array
  int32: Int32Array
  int64: BigInt64Array
  uint64: BigUint64Array
}

export const tables = {
  ModelProto: {
    irVersion: [1, 'int', 'one'],
    producerName: [2, 'string', 'one'],
    producerVersion: [3, 'string', 'one'],
    domain: [4, 'string', 'one'],
    modelVersion: [5, 'long', 'one'],
    docString: [6, 'string', 'one'],
    graph: [7, 'GraphProto', 'one'],
    opsetImport: [8, 'OperatorSetIdProto', 'many'],
    metadataProps: [14, 'StringStringEntryProto', 'many'],
    trainingInfo: [20, 'TrainingInfoProto', 'many'],
    functions: [25, 'FunctionProto', 'many'],
  },
  GraphProto: {
    node: [1, 'NodeProto', 'many'],
    name: [2, 'string', 'one'],
    initializer: [5, 'TensorProto', 'many'],
    docString: [10, 'string', 'one'],
    input: [11, 'ValueInfoProto', 'many'],
    output: [12, 'ValueInfoProto', 'many'],
    valueInfo: [13, 'ValueInfoProto', 'many'],
    sparseInitializer: [15, 'SparseTensorProto', 'many'],
    metadataProps: [16, 'StringStringEntryProto', 'many'],
  },
  NodeProto: {
    input: [1, 'string', 'many'],
    output: [2, 'string', 'many'],
    name: [3, 'string', 'one'],
    opType: [4, 'string', 'one'],
    attribute: [5, 'AttributeProto', 'many'],
    docString: [6, 'string', 'one'],
    domain: [7, 'string', 'one'],
    overload: [8, 'string', 'one'],
    metadataProps: [9, 'StringStringEntryProto', 'many'],
  },
  AttributeProto: {
    name: [1, 'string', 'one'],
    f: [2, 'float', 'one'],
    i: [3, 'long', 'one'],
    s: [4, 'bytes', 'one'],
    t: [5, 'TensorProto', 'one'],
    g: [6, 'GraphProto', 'one'],
    floats: [7, 'float', 'many'],
    ints: [8, 'long', 'many'],
    strings: [9, 'bytes', 'many'],
    tensors: [10, 'TensorProto', 'many'],
    graphs: [11, 'GraphProto', 'many'],
    docString: [13, 'string', 'one'],
    tp: [14, 'TypeProto', 'one'],
    typeProtos: [15, 'TypeProto', 'many'],
    type: [20, 'int', 'one'],
    refAttrName: [21, 'string', 'one'],
    sparseTensor: [22, 'SparseTensorProto', 'one'],
    sparseTensors: [23, 'SparseTensorProto', 'many'],
  },
  TensorProto: {
    dims: [1, 'int', 'many'],
    dataType: [2, 'int', 'one'],
    floatData: [4, 'float', 'packed'],
    int32Data: [5, 'int32', 'packed'],
    stringData: [6, 'bytes', 'many'],
    int64Data: [7, 'int64', 'packed'],
    name: [8, 'string', 'one'],
    rawData: [9, 'bytes', 'one'],
    doubleData: [10, 'double', 'packed'],
    uint64Data: [11, 'uint64', 'packed'],
    docString: [12, 'string', 'one'],
    externalData: [13, 'StringStringEntryProto', 'many'],
    dataLocation: [14, 'int', 'one'],
  },
  SparseTensorProto: {
    values: [1, 'TensorProto', 'one'],
    indices: [2, 'TensorProto', 'one'],
    dims: [3, 'int', 'many'],
  },
  ValueInfoProto: {
    name: [1, 'string', 'one'],
    type: [2, 'TypeProto', 'one'],
    docString: [3, 'string', 'one'],
  },
  TypeProto: {
    tensorType: [1, 'TensorTypeProto', 'one'],
    sequenceType: [4, 'ElementTypeProto', 'one'],
    mapType: [5, 'MapTypeProto', 'one'],
    denotation: [6, 'string', 'one'],
    sparseTensorType: [8, 'TensorTypeProto', 'one'],
    optionalType: [9, 'ElementTypeProto', 'one'],
  },
  TensorTypeProto: { elemType: [1, 'int', 'one'], shape: [2, 'TensorShapeProto', 'one'] },
  ElementTypeProto: { elemType: [1, 'TypeProto', 'one'] },
  MapTypeProto: { keyType: [1, 'int', 'one'], valueType: [2, 'TypeProto', 'one'] },
  TensorShapeProto: { dim: [1, 'DimensionProto', 'many'] },
  DimensionProto: {
    dimValue: [1, 'int', 'one'],
    dimParam: [2, 'string', 'one'],
    denotation: [3, 'string', 'one'],
  },
  OperatorSetIdProto: { domain: [1, 'string', 'one'], version: [2, 'int', 'one'] },
  StringStringEntryProto: { key: [1, 'string', 'one'], value: [2, 'string', 'one'] },
  FunctionProto: {
    name: [1, 'string', 'one'],
    input: [4, 'string', 'many'],
    output: [5, 'string', 'many'],
    attribute: [6, 'string', 'many'],
    node: [7, 'NodeProto', 'many'],
    docString: [8, 'string', 'one'],
    opsetImport: [9, 'OperatorSetIdProto', 'many'],
    domain: [10, 'string', 'one'],
    attributeProto: [11, 'AttributeProto', 'many'],
    valueInfo: [12, 'ValueInfoProto', 'many'],
    overload: [13, 'string', 'one'],
  },
  TrainingInfoProto: {
    initialization: [1, 'GraphProto', 'one'],
    algorithm: [2, 'GraphProto', 'one'],
    initializationBinding: [3, 'StringStringEntryProto', 'many'],
    updateBinding: [4, 'StringStringEntryProto', 'many'],
  },
} as const satisfies Record<string, Record<string, readonly [number, string, 'one' | 'many' | 'packed']>>

type Tables = typeof tables
export type MessageName = keyof Tables

type Single<T> = T extends MessageName ? Message<T> : T extends keyof ScalarValue ? ScalarValue[T] : never
type FieldValue<F> = F extends readonly [number, infer T, 'one']
  ? Single<T>
  : F extends readonly [number, infer T, 'many']
    ? Single<T>[]
    : F extends readonly [number, infer T extends keyof PackedValue, 'packed']
      ? PackedValue[T]
      : never

/** A decoded message: a field is absent where the file has none. `unknown` keeps unlisted fields byte for byte. */
export type Message<N extends MessageName> = {
  -readonly [K in keyof Tables[N]]?: FieldValue<Tables[N][K]>
} & { unknown?: Uint8Array[] }

export type ModelProto = Message<'ModelProto'>
export type GraphProto = Message<'GraphProto'>
export type NodeProto = Message<'NodeProto'>
export type AttributeProto = Message<'AttributeProto'>
export type TensorProto = Message<'TensorProto'>
export type ValueInfoProto = Message<'ValueInfoProto'>
export type TypeProto = Message<'TypeProto'>

/** AttributeProto.type, which names the field that holds the value. */
export const attributeType = { f: 1, i: 2, s: 3, t: 4, g: 5, floats: 6, ints: 7, strings: 8 } as const

// The one door of @shoal/onnx.
export type { Size } from './architectures/Architecture.ts'
export { type ArchitectureName, architectureNames, type ParamsOf } from './architectures/architectures.ts'
export {
  BadModelRequest,
  CacheUnwritable,
  InputMismatch,
  type OnnxDecodeCode,
  OnnxDecodeError,
  OnnxEncodeError,
  TensorError,
  UnsupportedOperators,
} from './errors.ts'
export {
  type ModelDType,
  type ModelFile,
  type SeededModel,
  type SeededModelOptions,
  writeSeededModel,
} from './folder/writeSeededModel.ts'
export {
  type AttributeInput,
  type FloatAttribute,
  type FloatDType,
  GraphBuilder,
  type GraphOptions,
  type Value,
} from './graph/GraphBuilder.ts'
export { quantizeDynamic } from './graph/quantize.ts'
export { decodeModel } from './proto/decode.ts'
export { encodeModel } from './proto/encode.ts'
export type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  TypeProto,
  ValueInfoProto,
} from './proto/messages.ts'
export type { DecodeLimits } from './proto/Reader.ts'
export {
  checkInputs,
  checkOperators,
  type ModelSignature,
  modelSignature,
  type ValueSignature,
} from './signature.ts'
export { type Comparison, compareTensors, type Precision, type Tolerance } from './tensor/compare.ts'
export {
  readTensorProto,
  tensorFromProto,
  tensorToProto,
  writeTensorProto,
} from './tensor/tensorProto.ts'

// Every error this package gives. All are tagged, carry what is needed to act on them in code, and have a
// one-line message that says what happened, to what, and what to do.
import { TaggedError } from 'effect/Data'

/** Why bytes are not valid ONNX protobuf. `offset` in the error is where the reader stood. */
export type OnnxDecodeCode =
  | 'Truncated'
  | 'WireType'
  | 'Varint'
  | 'Range'
  | 'Utf8'
  | 'TooDeep'
  | 'TooManyElements'
  | 'NotAModel'

/** Occurs when bytes given as an ONNX model or tensor are truncated, corrupt, hostile, or something else. */
export class OnnxDecodeError extends TaggedError('OnnxDecodeError')<{
  readonly code: OnnxDecodeCode
  readonly field: string
  readonly offset: number
  readonly message: string
}> {}

/** Occurs when a message to encode holds a value that its field cannot carry (a fraction in an integer field…). */
export class OnnxEncodeError extends TaggedError('OnnxEncodeError')<{
  readonly field: string
  readonly message: string
}> {}

/** Occurs when a tensor's parts contradict each other: dims against byte length, an element type without a form here. */
export class TensorError extends TaggedError('TensorError')<{
  readonly tensor: string
  readonly message: string
}> {}

/** Occurs when the tensors for a run do not fit the model's declared inputs: a missing, unknown, wrongly typed or wrongly shaped one. */
export class InputMismatch extends TaggedError('InputMismatch')<{
  readonly input: string
  readonly expected: string
  readonly received: string
  readonly message: string
}> {}

/** Occurs when a model needs operators that no back-end here has (a custom operator domain). */
export class UnsupportedOperators extends TaggedError('UnsupportedOperators')<{
  readonly operators: readonly string[]
  readonly message: string
}> {}

/** Occurs when a seeded model is asked for with an unknown architecture, size or dtype, or with sizes that contradict each other. */
export class BadModelRequest extends TaggedError('BadModelRequest')<{
  readonly option: string
  readonly message: string
}> {}

/** Occurs when the cache folder cannot be created or written: no permission, a file in its place, a full disk. */
export class CacheUnwritable extends TaggedError('CacheUnwritable')<{
  readonly folder: string
  readonly reason: string
  readonly message: string
}> {}

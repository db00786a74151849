// ONNX's TensorProto to and from `Tensor`: raw bytes or any of the typed data fields. This is the format of the
// ONNX backend tests' input_*.pb and output_*.pb, and of initialisers. External data is not followed.
// Source: onnx.proto, message TensorProto (which field carries which type).
import {
  type BinaryData,
  type BinaryDtype,
  elementBytes,
  elementsOver,
  joinChunks,
  type NamedTensor,
  type Tensor,
  tensorBytes,
  tensorFault,
  zeroElements,
} from '@shoal/tensor'
import { TensorError } from '../errors.ts'
import { decodeMessage } from '../proto/decode.ts'
import { encodeMessage } from '../proto/encode.ts'
import type { TensorProto } from '../proto/messages.ts'
import { dtypeNumber, dtypeOf } from './elementType.ts'

const utf8 = new TextDecoder()
const toUtf8 = new TextEncoder()

/**
 * Reads a serialised TensorProto, with the name it has in its file ('' where it has none). Data is a view of `bytes` where alignment allows.
 * @throws OnnxDecodeError for malformed bytes, TensorError for a tensor that contradicts itself.
 */
export function readTensorProto(bytes: Uint8Array): NamedTensor {
  return tensorFromProto(decodeMessage('TensorProto', bytes))
}

/** Writes a tensor as a serialised TensorProto. @throws TensorError where dims and data disagree. */
export function writeTensorProto(tensor: Tensor, name = ''): Uint8Array<ArrayBuffer> {
  return joinChunks(encodeMessage('TensorProto', tensorToProto(tensor, name)))
}

export function tensorFromProto(proto: TensorProto): NamedTensor {
  const name = proto.name ?? ''
  const dtype = dtypeOf(proto.dataType)
  const dims = proto.dims ?? []
  if (dtype === undefined)
    throw tensorError(
      name,
      `has element type ${proto.dataType ?? 'missing'} of ONNX, which has no form here; convert it`,
    )
  if (proto.dataLocation === 1 || (proto.externalData?.length ?? 0) > 0)
    throw tensorError(name, 'has its data in an external file; read that file and put the bytes in rawData')
  const data =
    dtype === 'string'
      ? (proto.stringData ?? []).map(text => utf8.decode(text))
      : numericData(proto, name, dtype)
  const tensor = { name, dtype, dims, data } as NamedTensor
  checkTensor(name, tensor)
  return tensor
}

export function tensorToProto(tensor: Tensor, name: string): TensorProto {
  checkTensor(name, tensor)
  const { dtype, dims } = tensor
  const head = { dims: [...dims], dataType: dtypeNumber(dtype), ...(name === '' ? {} : { name }) }
  if (tensor.dtype === 'string') return { ...head, stringData: tensor.data.map(text => toUtf8.encode(text)) }
  return { ...head, rawData: tensorBytes(tensor) }
}

function checkTensor(name: string, tensor: Tensor): void {
  const fault = tensorFault(tensor)
  if (fault !== undefined) throw tensorError(name, `contradicts itself: ${fault}`)
}

function tensorError(name: string, what: string): TensorError {
  return new TensorError({ tensor: name, message: `The tensor '${name}' ${what}` })
}

function numericData(proto: TensorProto, name: string, dtype: BinaryDtype): BinaryData {
  const raw = proto.rawData
  if (raw !== undefined) {
    const size = elementBytes(dtype)
    if (raw.length % size !== 0)
      throw tensorError(name, `has ${raw.length} bytes of ${dtype}, no multiple of ${size}`)
    return elementsOver(dtype, raw)
  }
  switch (dtype) {
    case 'float32':
      return proto.floatData ?? new Float32Array(0)
    case 'float64':
      return proto.doubleData ?? new Float64Array(0)
    case 'int32':
      return proto.int32Data ?? new Int32Array(0)
    case 'int64':
      return proto.int64Data ?? new BigInt64Array(0)
    case 'uint64':
      return proto.uint64Data ?? new BigUint64Array(0)
    case 'uint32':
      return Uint32Array.from(proto.uint64Data ?? new BigUint64Array(0), Number)
    default: {
      // The narrow types (float16 as bits, bool, 8 and 16 bits) travel widened, one int32 an element.
      const wide = proto.int32Data ?? new Int32Array(0)
      const narrow = zeroElements(dtype, wide.length) as Uint8Array
      narrow.set(wide)
      return narrow
    }
  }
}

// ONNX's numbers of element types (TensorProto.DataType) for those that tensors can hold here.
import { type TensorDtype, tensorDtypes } from '@shoal/tensor'

const numbers: Readonly<Record<TensorDtype, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
}

const byNumber = new Map<number, TensorDtype>(tensorDtypes.map(dtype => [numbers[dtype], dtype]))

export function dtypeNumber(dtype: TensorDtype): number {
  return numbers[dtype]
}

/** The name for an ONNX number, or undefined for one without a form here (complex, bfloat16, float8, int4…). */
export function dtypeOf(number: number | undefined): TensorDtype | undefined {
  return number === undefined ? undefined : byNumber.get(number)
}

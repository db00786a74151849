// The one door of @shoal/tensor.

export {
  type BinaryData,
  type BinaryDtype,
  binaryDtypes,
  elementBytes,
  elementsOver,
  isTensorDtype,
  type TensorDtype,
  tensorDtypes,
} from './dtype.ts'
export { joinChunks } from './joinChunks.ts'
export {
  elementCount,
  type NamedTensor,
  type Tensor,
  tensorBytes,
  tensorFault,
  tensorOf,
  zeroElements,
  zeros,
} from './Tensor.ts'

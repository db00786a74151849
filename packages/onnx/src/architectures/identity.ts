// A graph that gives back what it is given, of any element type and shape: for measuring and proving transfers,
// where a model would only blur what is looked at.
import { isTensorDtype, type TensorDtype } from '@shoal/tensor'
import type { Architecture } from './Architecture.ts'

export interface IdentityParams {
  readonly dtype: TensorDtype
  /** Sizes, or names of free dimensions. */
  readonly dims: readonly (number | string)[]
}

const free: IdentityParams = { dtype: 'float32', dims: ['length'] }

/** Input `input`, output `output`. The sizes are the same: float32 of one free dimension. */
export const identity: Architecture<IdentityParams> = {
  sizes: { tiny: free, mini: free, base: free },
  task: 'graph',
  check: ({ dtype, dims }) => {
    if (!isTensorDtype(dtype)) return `dtype: '${String(dtype)}' is no element type`
    const bad = dims.find(dim => typeof dim !== 'string' && !(Number.isSafeInteger(dim) && dim >= 0))
    return bad === undefined ? undefined : `dims: ${bad} is neither a size nor a name`
  },
  graphs: ({ dtype, dims }) => [
    { file: 'model', build: g => g.output(g.input('input', dtype, dims), 'output', dtype, dims) },
  ],
  config: ({ dtype, dims }) => ({
    architectures: ['Identity'],
    model_type: 'identity',
    dtype,
    dims: [...dims],
  }),
}

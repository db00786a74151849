// A model as its user holds it: run it, watch it, release it. A thin handle; the model itself is an actor, and
// its requests live in the pool's ledger.

import type { Tensor } from '@shoal/browser-bridge'
import type { Placement, Timing } from './Dispatcher.ts'
import type { ModelInput } from './inputs.ts'
import type { ResolvedSpec } from './ModelSpec.ts'
import type { ModelSnapshot } from './model/modelActor.ts'

export interface RunModelOptions {
  /** Milliseconds after which the request ends as `DeadlineExceeded`. Default: the pool's. */
  readonly deadlineMs?: number
  /** Higher goes first among what waits. Default 0. */
  readonly priority?: number
  readonly signal?: AbortSignal
  /** The Transformers.js task's own options, such as `{ pooling: 'cls' }`. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Names of a graph's outputs to give back. Default: all. */
  readonly outputs?: readonly string[]
  /** For tasks: give back the tensors that the lane made of the input, too. */
  readonly returnInputs?: boolean
}

export interface RunAnswer {
  /** The tensors that the model answered, by name. Empty for a task whose answer is `json`. */
  readonly output: Readonly<Record<string, Tensor>>
  /** The answer of a task that is no tensor: labels, boxes, text. */
  readonly json?: unknown
  /** The lane's own preprocessed tensors, where `returnInputs` asked for them. */
  readonly inputs?: Readonly<Record<string, Tensor>>
  readonly timing: Timing
  readonly placement: Placement
}

/** Where a model stands: a state's name, and its replicas by connection. */
export interface ModelStatus {
  readonly state: string
  readonly replicas: ModelSnapshot['context']['replicas']
  readonly bytes: number | undefined
}

export interface Model extends AsyncDisposable {
  readonly spec: ResolvedSpec
  /** The content hash of its files. */
  readonly key: string
  run(input: ModelInput, options?: RunModelOptions): Promise<RunAnswer>
  status(): ModelStatus
  /** Gives it back. With the last holder it drains, and its memory is freed in every lane. */
  release(): Promise<void>
}

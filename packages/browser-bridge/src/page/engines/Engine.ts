// What a lane asks of an engine: load a model, run it, let it go. Tensors and answers are the wire's own types, so
// nothing above knows which library works below.

import type { NamedTensor } from '@shoal/tensor'
import type { ModelManifest, Run, RunTiming, ValueMetadata } from '../../protocol/messages.ts'
import type { LaneError } from '../../protocol/wireErrors.ts'
import type { ModelFiles } from '../ModelFiles.ts'

export interface Answer {
  /** Given away: the lane moves their buffers to another thread, so the engine must not need them again. */
  readonly tensors: readonly NamedTensor[]
  /** How many of the leading tensors are the model's own preprocessed inputs. */
  readonly inputs: number
  readonly json?: unknown
  readonly timing: Omit<RunTiming, 'queueMs'>
}

/** How a run that has steps looks up between them. A run of one step need not. */
export interface RunControl {
  /** Whether the answer is wanted in parts. */
  readonly streams: boolean
  /** Why the run must end: what it throws then, at its next step. */
  readonly stopped: LaneError | undefined
  /** Adds to the answer; does nothing where no parts are wanted. */
  part(json: unknown): void
  /** Between two steps: lets the lane hear of a cancel, and waits for room where parts have filled it. */
  step(): Promise<void>
}

export interface LoadedModel {
  readonly manifest: ModelManifest
  readonly inputs: readonly ValueMetadata[]
  readonly outputs: readonly ValueMetadata[]
  readonly createMs: number
  /** Fails with LaneError; the lane sees to it that there is one at a time. */
  run(request: Run, control: RunControl): Promise<Answer>
  dispose(): Promise<void>
}

export interface Engine {
  /** Fails with LaneError. The files' bytes are let go once the model stands. */
  load(files: ModelFiles): Promise<LoadedModel>
}

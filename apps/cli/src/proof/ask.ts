// One request of a proof, by its number: which model, which of its inputs, and the run options under which its answer can
// be judged. It keeps no record and judges nothing.

import type { Model, ModelInput, RunAnswer, RunModelOptions } from '@shoal/pool'
import type { ProofModel } from './models.ts'

export interface LoadedModel {
  readonly proof: ProofModel
  readonly model: Model
}

export interface AskOptions {
  /** The pool's own where it is absent. */
  readonly deadlineMs?: number
  readonly signal: AbortSignal
}

/** What a proof's model is asked. */
export interface ProofRequest {
  /** Which of the proof's inputs it is. */
  readonly input: number
  readonly value: ModelInput
  readonly options: RunModelOptions
}

/** The proof's inputs in turn. What the lane made of one comes back with the answer, where the reference needs it. */
export function requestOf(proof: ProofModel, number: number, options: AskOptions): ProofRequest {
  const input = number % proof.inputs.length
  const returnInputs = !proof.reference.tokenizesHere
  return {
    input,
    value: proof.inputs[input] ?? '',
    options: { ...options, returnInputs, ...(proof.options ? { options: proof.options } : {}) },
  }
}

export interface Asked {
  readonly proof: ProofModel
  readonly input: number
  readonly ask: () => Promise<RunAnswer>
}

/** To the models in turn, and to each of them its inputs in turn. */
export function requestTo(models: readonly LoadedModel[], number: number, options: AskOptions): Asked {
  const loaded = models[number % models.length]
  if (loaded === undefined) throw new RangeError('proof: there is no model to ask')
  const { proof, model } = loaded
  const request = requestOf(proof, Math.floor(number / models.length), options)
  return { proof, input: request.input, ask: () => model.run(request.value, request.options) }
}

// The options of one run, checked at the door: a lane is shared, and must not be what finds a wrong one out.

import { InvalidOption } from './errors.ts'
import type { ResolvedSpec } from './ModelSpec.ts'

export interface RunModelOptions {
  /** Milliseconds after which the request ends as `DeadlineExceeded`. Default: the pool's. */
  readonly deadlineMs?: number
  /** Higher goes first among what waits. Default 0. */
  readonly priority?: number
  readonly signal?: AbortSignal
  /** The Transformers.js task's own options, such as `{ pooling: 'cls' }`. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Names of a graph's outputs to give back, each once. Default: all. */
  readonly outputs?: readonly string[]
  /** For tasks: give back the tensors that the lane made of the input, too. */
  readonly returnInputs?: boolean
}

/** What is wrong with the options of a run of this model, if anything is. */
export function optionFault(spec: ResolvedSpec, options: RunModelOptions): InvalidOption | undefined {
  const { deadlineMs, priority, options: own, outputs, returnInputs } = options
  if (deadlineMs !== undefined && !(Number.isFinite(deadlineMs) && deadlineMs > 0))
    return invalid('deadlineMs', `must be a positive number of milliseconds, and is ${deadlineMs}`)
  if (priority !== undefined && !Number.isFinite(priority))
    return invalid('priority', `must be a number, and is ${priority}`)
  if (own !== undefined && !isRecord(own))
    return invalid('options', `must be an object, and is ${typeof own}`)
  if (outputs !== undefined && !isNames(outputs))
    return invalid('outputs', 'must be an array of names, each once')
  if (spec.task === undefined) {
    if (own !== undefined)
      return invalid('options', 'are a task’s, and this model is a graph; leave them out')
    if (returnInputs === true)
      return invalid('returnInputs', 'is a task’s, and this model is a graph; leave it out')
  } else if (outputs !== undefined) {
    return invalid('outputs', `names a graph’s outputs, and this model does ${spec.task}; leave it out`)
  }
  return undefined
}

function isNames(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false
  return value.every(name => typeof name === 'string') && new Set(value).size === value.length
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(option: string, what: string): InvalidOption {
  return new InvalidOption({ option, message: `${option} ${what}.` })
}

// What a user may ask of batching, checked at the door, and why a batch left. Not how requests become one (batchers
// do) and not when (release does).

import { InvalidOption } from '../errors.ts'
import { type Shapes, shapeFault } from '../optionShapes.ts'

export interface BatchingOptions {
  /** Rows in one run at most: a request for one text, image or clip is one row. Default 8. */
  readonly maxSize?: number
  /** How long the oldest waits for others while a lane is free, in milliseconds. Default 0: a free lane takes what waits. */
  readonly maxDelayMs?: number
  /** Tokens in one run at most, padding counted. Default: no limit. For images and clips, elements. */
  readonly maxTokens?: number
}

export type ResolvedBatching = Required<BatchingOptions>

/** Why a batch left when it did. */
export type ReleaseReason =
  /** It has `maxSize` rows, or the next request would make it more. */
  | 'size'
  /** The next request would have brought it over `maxTokens`. */
  | 'tokens'
  /** Its oldest had waited for `maxDelayMs`. */
  | 'delay'
  /** A lane was free, and nothing more of its kind waited. */
  | 'laneFree'
  /** Its oldest would not live through the delay. */
  | 'deadline'
  /** The request goes by itself: it was in a run that failed or died. */
  | 'alone'

const batchingShapes: Shapes<BatchingOptions> = {
  maxSize: 'a number',
  maxDelayMs: 'a number',
  maxTokens: 'a number',
}

export function resolveBatching(
  options: BatchingOptions | boolean | undefined,
): ResolvedBatching | undefined | InvalidOption {
  if (options === undefined || options === false) return undefined
  const misshapen = shapeFault(options === true ? {} : options, batchingShapes, 'batching')
  if (misshapen) return misshapen
  const {
    maxSize = 8,
    maxDelayMs = 0,
    maxTokens = Number.POSITIVE_INFINITY,
  } = options === true ? {} : options
  if (!Number.isInteger(maxSize) || maxSize < 1)
    return invalid('maxSize', `must be a whole number of at least 1, and is ${maxSize}`)
  if (!Number.isFinite(maxDelayMs) || maxDelayMs < 0)
    return invalid('maxDelayMs', `must be a number of milliseconds of at least 0, and is ${maxDelayMs}`)
  if (Number.isNaN(maxTokens) || maxTokens < 1)
    return invalid('maxTokens', `must be at least 1, and is ${maxTokens}`)
  return { maxSize, maxDelayMs, maxTokens }
}

function invalid(option: string, what: string): InvalidOption {
  return new InvalidOption({ option: `batching.${option}`, message: `batching.${option} ${what}.` })
}

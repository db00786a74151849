// Whether two lanes answered the same: the judgement that a device's answers are checked by. Pure.

import type { Backend, RunResult } from '@shoal/browser-bridge'
import { compareTensors, type Precision } from '@shoal/onnx'

export type Agreement =
  | { readonly _tag: 'agrees' }
  | { readonly _tag: 'differs'; readonly reason: string }
  /** Two right answers may differ here, such as texts that were made. */
  | { readonly _tag: 'unjudged'; readonly reason: string }

/**
 * How exactly two lanes must agree. Lanes of one back-end round alike; between back-ends only as well as half precision
 * does, since a GPU may multiply in fewer bits than it is asked to.
 */
export function precisionFor(dtype: 'fp32' | 'fp16' | 'q8', one: Backend, other: Backend): Precision {
  return dtype === 'fp32' && one !== other ? 'fp16' : dtype
}

export function agreementOf(own: RunResult, other: RunResult, precision: Precision): Agreement {
  if (own.outputs.length === 0) {
    return own.json === undefined
      ? { _tag: 'unjudged', reason: 'there is nothing to compare' }
      : { _tag: 'unjudged', reason: 'a task’s words and labels may differ where scores are near' }
  }
  for (const expected of own.outputs) {
    const found = other.outputs.find(({ name }) => name === expected.name)
    if (!found) return { _tag: 'differs', reason: `it gave no ${expected.name}` }
    const { matches, reason } = compareTensors(found, expected, precision)
    if (!matches) return { _tag: 'differs', reason: `${expected.name}: ${reason ?? 'it differs'}` }
  }
  return { _tag: 'agrees' }
}

// The judgement of one answer: held against the reference, and against the question that it is said to answer.

import type { RunAnswer } from '@shoal/pool'
import { digest } from './digest.ts'
import { InputIdentity } from './InputIdentity.ts'
import type { ProofModel } from './models.ts'
import type { Reference, Verdict } from './Reference.ts'

export class Judge {
  readonly #reference: Reference
  readonly #identity = new InputIdentity()

  constructor(reference: Reference) {
    this.#reference = reference
  }

  async verdict(model: ProofModel, input: number, answer: RunAnswer): Promise<Verdict> {
    const fault = this.#identityFault(model, input, answer)
    if (fault !== undefined) return { matches: false, maxAbsDiff: Number.NaN, reason: fault }
    return await this.#reference.judge(model.name, answer, textOf(model, input))
  }

  #identityFault(model: ProofModel, input: number, { inputs, placement }: RunAnswer): string | undefined {
    if (model.reference.tokenizesHere) return undefined
    if (!inputs) return 'the lane did not give back its own tensors'
    const maker = `${model.name} ${placement.browser} ${placement.browserVersion}`
    return this.#identity.fault(maker, input, digest(inputs))
  }
}

/** Text is tokenized by the reference itself, so the question is known there. */
function textOf(model: ProofModel, input: number): string | undefined {
  const asked = model.inputs[input]
  return model.reference.tokenizesHere && typeof asked === 'string' ? asked : undefined
}

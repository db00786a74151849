// Whose question an answer answers, told from the tensors that the lane made of the question. One browser makes the
// same tensors of one input each time, and other tensors of another: an answer that was swapped with another's brings
// tensors that belong elsewhere, and would otherwise be right by itself.

export class InputIdentity {
  readonly #digestOf = new Map<string, string>()
  readonly #inputOf = new Map<string, number>()

  /**
   * Why the tensors cannot have been made of this input, or undefined where they can.
   * @param maker the model and the browser, which together decide how an input is preprocessed
   */
  fault(maker: string, input: number, digest: string): string | undefined {
    const known = this.#digestOf.get(`${maker} ${input}`) ?? digest
    const other = this.#inputOf.get(`${maker} ${digest}`) ?? input
    this.#digestOf.set(`${maker} ${input}`, known)
    this.#inputOf.set(`${maker} ${digest}`, other)
    if (other !== input) return `the answer to input ${input} was made of input ${other}`
    if (known !== digest) return `input ${input} was preprocessed in two ways`
    return undefined
  }
}

// The reference: the same graphs on onnxruntime-node's CPU provider, and the judgement of a browser's answer
// against it. Text is tokenized here, apart from the browser; pictures and sounds are compared on the tensors
// that the lane itself made of them, since browsers resize pictures each in its own way.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compareTensors } from '@shoal/onnx'
import type { RunAnswer, Tensor } from '@shoal/pool'
import { Data } from 'effect'
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { digest } from './digest.ts'

/** onnxruntime-node, which gives the reference answers, is not installed. */
export class ReferenceMissing extends Data.TaggedError('ReferenceMissing')<{ readonly message: string }> {}

export interface Verdict {
  readonly matches: boolean
  readonly maxAbsDiff: number
  readonly reason: string | undefined
}

/** Makes the task's answer of the graph's outputs. */
export type PostProcess = (
  outputs: Readonly<Record<string, Tensor>>,
  inputs: Readonly<Record<string, Tensor>>,
) => Tensor

export interface ReferenceModel {
  readonly folder: string
  readonly post: PostProcess
  /** Text is tokenized here; otherwise the lane's own preprocessed tensors are taken. */
  readonly tokenizesHere: boolean
}

type Ort = typeof import('onnxruntime-node')

export class Reference {
  readonly #ort: Ort
  readonly #models: ReadonlyMap<string, ReferenceModel>
  readonly #sessions = new Map<string, Promise<InferenceSession>>()
  readonly #expected = new Map<string, Promise<Tensor>>()
  readonly #verdicts = new Map<string, Promise<Verdict>>()

  private constructor(ort: Ort, models: ReadonlyMap<string, ReferenceModel>) {
    this.#ort = ort
    this.#models = models
  }

  static async open(models: ReadonlyMap<string, ReferenceModel>): Promise<Reference> {
    try {
      return new Reference(await import('onnxruntime-node'), models)
    } catch (cause) {
      throw new ReferenceMissing({
        message: `onnxruntime-node, the reference that answers are checked against, cannot be loaded (${cause instanceof Error ? cause.message.split('\n')[0] : cause}); install it with: npm install onnxruntime-node`,
      })
    }
  }

  /** Whether an answer is right. The same answer to the same inputs is judged once. */
  judge(model: string, answer: RunAnswer, text: string | undefined): Promise<Verdict> {
    const output = Object.values(answer.output)[0]
    if (!output)
      return Promise.resolve({ matches: false, maxAbsDiff: Number.NaN, reason: 'no output came back' })
    const inputs = answer.inputs ?? {}
    const asked = text === undefined ? digest(inputs) : text
    const key = `${model} ${asked} ${digest({ output })}`
    const known = this.#verdicts.get(key)
    if (known) return known
    const verdict = this.#expect(model, asked, inputs, text).then(expected => {
      const { matches, maxAbsDiff, reason } = compareTensors(output, expected, 'fp32')
      return { matches, maxAbsDiff, reason }
    })
    this.#verdicts.set(key, verdict)
    return verdict
  }

  #expect(
    model: string,
    asked: string,
    inputs: Readonly<Record<string, Tensor>>,
    text: string | undefined,
  ): Promise<Tensor> {
    const key = `${model} ${asked}`
    const known = this.#expected.get(key)
    if (known) return known
    const expected = this.#compute(model, inputs, text)
    this.#expected.set(key, expected)
    return expected
  }

  async #compute(
    name: string,
    given: Readonly<Record<string, Tensor>>,
    text: string | undefined,
  ): Promise<Tensor> {
    const model = this.#models.get(name)
    if (!model) throw new Error(`reference: ${name} was not opened`)
    const session = await this.#session(name, model)
    const inputs = text === undefined ? given : await tokenize(model.folder, text)
    const feeds: Record<string, OrtTensor> = {}
    for (const input of session.inputNames) {
      const tensor = inputs[input]
      if (!tensor)
        throw new Error(
          `reference: ${name} needs ${input}, and the lane gave ${Object.keys(inputs).join(', ')}`,
        )
      feeds[input] = new this.#ort.Tensor(tensor.dtype as 'float32', tensor.data as Float32Array, [
        ...tensor.dims,
      ])
    }
    const results = await session.run(feeds)
    const outputs: Record<string, Tensor> = {}
    for (const [output, { data, dims }] of Object.entries(results)) {
      if (data instanceof Float32Array) outputs[output] = { dtype: 'float32', dims, data }
    }
    return model.post(outputs, inputs)
  }

  #session(name: string, model: ReferenceModel): Promise<InferenceSession> {
    const known = this.#sessions.get(name)
    if (known) return known
    const file = join(model.folder, 'onnx', 'model.onnx')
    const session = this.#ort.InferenceSession.create(file, { intraOpNumThreads: 1 })
    this.#sessions.set(name, session)
    return session
  }
}

async function tokenize(folder: string, text: string): Promise<Record<string, Tensor>> {
  const { Tokenizer } = await import('@huggingface/tokenizers')
  const [tokenizer, config] = await Promise.all(
    ['tokenizer.json', 'tokenizer_config.json'].map(async file =>
      JSON.parse(await readFile(join(folder, file), 'utf8')),
    ),
  )
  const { ids, attention_mask: mask, token_type_ids: types } = new Tokenizer(tokenizer, config).encode(text)
  const tensor = (values: readonly number[]): Tensor => ({
    dtype: 'int64',
    dims: [1, values.length],
    data: BigInt64Array.from(values, BigInt),
  })
  return {
    input_ids: tensor(ids),
    attention_mask: tensor(mask),
    token_type_ids: tensor(types ?? ids.map(() => 0)),
  }
}

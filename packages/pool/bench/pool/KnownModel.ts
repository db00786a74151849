// A seeded model, one input for it, and the answer that onnxruntime-node gives: whatever is measured is checked against
// that, outside of what is timed. Not a reference for numerics: those are the tests' business.
import { join } from 'node:path'
import { compareTensors, type SeededModel, writeSeededModel } from '@shoal/onnx'
import { type Tensor, zeros } from '@shoal/tensor'
import { InferenceSession, Tensor as NodeTensor } from 'onnxruntime-node'

export interface KnownModel {
  readonly name: string
  /** Its folder; the graph is onnx/model.onnx below it. */
  readonly dir: string
  /** Of its files. */
  readonly bytes: number
  readonly inputs: Readonly<Record<string, Tensor>>
  /** The one output that is asked for. */
  readonly output: string
  readonly expected: Tensor
}

export const graphOf = ({ dir }: KnownModel): string => join(dir, 'onnx', 'model.onnx')

/** @throws where the answer is not the expected one */
export function checkAnswer(model: KnownModel, answer: Tensor | undefined, who: string): void {
  if (answer === undefined) throw new Error(`${who} gave no ${model.output} of ${model.name}`)
  const { matches, reason } = compareTensors(answer, model.expected, 'fp32')
  if (!matches) throw new Error(`${who} gave a wrong ${model.output} of ${model.name}: ${reason}`)
}

/** A text encoder, an image encoder, an audio encoder and a decoder: a few milliseconds each. */
export async function fourModels(): Promise<readonly [KnownModel, ...KnownModel[]]> {
  const heads = [0, 1].flatMap(layer => [
    [`past_key_values.${layer}.key`, zeros('float32', [1, 2, 0, 64])] as const,
    [`past_key_values.${layer}.value`, zeros('float32', [1, 2, 0, 64])] as const,
  ])
  return Promise.all([
    textEncoder(32),
    known(await writeSeededModel({ architecture: 'vit' }), 'ViT tiny', 'last_hidden_state', {
      pixel_values: noise([1, 3, 96, 96]),
    }),
    audioEncoder(400),
    known(await writeSeededModel({ architecture: 'gptDecoder' }), 'GPT-2 tiny', 'logits', {
      input_ids: whole([1, 16], at => 5 + ((at * 31) % 4000)),
      attention_mask: whole([1, 16], () => 1),
      ...Object.fromEntries(heads),
    }),
  ])
}

/** Whisper's encoder, tiny, over so many frames of 10 ms. */
export async function audioEncoder(frames: number): Promise<KnownModel> {
  const model = await writeSeededModel({ architecture: 'whisperEncoder' })
  return known(model, `Whisper encoder tiny, ${frames / 100} s`, 'last_hidden_state', {
    input_features: noise([1, 80, frames]),
  })
}

/** BERT mini with so many tokens. */
export async function textEncoder(tokens: number): Promise<KnownModel> {
  const model = await writeSeededModel({ architecture: 'bertEncoder', size: 'mini' })
  return known(model, `BERT mini, ${tokens} tokens`, 'last_hidden_state', {
    input_ids: whole([1, tokens], at => 5 + ((at * 31) % 4000)),
    attention_mask: whole([1, tokens], () => 1),
    token_type_ids: whole([1, tokens], () => 0),
  })
}

async function known(
  { dir, files }: SeededModel,
  name: string,
  output: string,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<KnownModel> {
  const session = await InferenceSession.create(join(dir, 'onnx', 'model.onnx'))
  const feeds = Object.entries(inputs).map(
    ([input, { dtype, dims, data }]) =>
      [input, new NodeTensor(dtype as 'int64', data as BigInt64Array, [...dims])] as const,
  )
  const answer = (await session.run(Object.fromEntries(feeds), [output]))[output]
  if (!(answer?.data instanceof Float32Array))
    throw new Error(`onnxruntime-node gave no ${output} of ${name}`)
  const expected = { dtype: 'float32', dims: answer.dims, data: answer.data } as const
  await session.release()
  const bytes = files.reduce((sum, file) => sum + (file.path.endsWith('.onnx') ? file.bytes : 0), 0)
  return { name, dir, bytes, inputs, output, expected }
}

function whole(dims: readonly number[], value: (at: number) => number): Tensor {
  const length = dims.reduce((product, dim) => product * dim, 1)
  return { dtype: 'int64', dims, data: BigInt64Array.from({ length }, (_, at) => BigInt(value(at))) }
}

/** Between -1 and 1, the same each time. */
function noise(dims: readonly number[]): Tensor {
  const length = dims.reduce((product, dim) => product * dim, 1)
  let state = 1
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
  return { dtype: 'float32', dims, data: Float32Array.from({ length }, next) }
}

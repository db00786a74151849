// How people run a model in a browser today: a page with onnxruntime-web in it, driven by a library's `page.evaluate`,
// which takes and gives JSON. The page loads the model when it is told to; nothing of Shoal is in it.
import { readFile } from 'node:fs/promises'
import type { Tensor } from '@shoal/tensor'
import type { Files } from '../PlainBrowser.ts'
import { checkAnswer, graphOf, type KnownModel } from './KnownModel.ts'

/** An input as JSON has it, made beforehand: in favour of what is measured beside the pool. */
type Feeds = readonly (readonly [
  name: string,
  dtype: string,
  dims: readonly number[],
  data: readonly number[],
])[]

export interface Question {
  readonly feeds: Feeds
  readonly output: string
}

export interface PlainAnswer {
  readonly dims: readonly number[]
  readonly data: readonly number[]
}

/** Global in the page once the model is loaded. */
interface AskedPage {
  readonly shoalAsk: (question: Question) => Promise<PlainAnswer>
  readonly shoalLoaded: Promise<void>
}

const html = `<!doctype html><title>model</title><script type="module">
import * as ort from '/runtime/ort.wasm.min.mjs'
ort.env.wasm.numThreads = 1
const loading = ort.InferenceSession.create('/graph.onnx')
globalThis.shoalLoaded = loading.then(() => undefined)
globalThis.shoalAsk = async ({ feeds, output }) => {
  const session = await loading
  const inputs = feeds.map(([name, dtype, dims, data]) => [
    name,
    new ort.Tensor(dtype, dtype === 'int64' ? BigInt64Array.from(data, BigInt) : Float32Array.from(data), dims),
  ])
  const answer = await session.run(Object.fromEntries(inputs), [output])
  return { dims: answer[output].dims, data: Array.from(answer[output].data) }
}
</script>`

export const modelPath = '/model'

export async function modelFiles(model: KnownModel): Promise<Files> {
  return { [modelPath]: html, '/graph.onnx': await readFile(graphOf(model)) }
}

export function questionOf({ inputs, output }: KnownModel): Question {
  const feeds = Object.entries(inputs).map(
    ([name, { dtype, dims, data }]) => [name, dtype, dims, Array.from(data as Float32Array, Number)] as const,
  )
  return { feeds, output }
}

/** Runs in the page. The module may still be on its way: a page counts as open before its modules have run. */
export function ask(question: Question): Promise<PlainAnswer> {
  return (globalThis as unknown as AskedPage).shoalAsk(question)
}

/** Runs in the page: resolves when the model is loaded. */
export function loaded(): Promise<void> {
  return (globalThis as unknown as AskedPage).shoalLoaded
}

export function checkPlain(model: KnownModel, answers: readonly PlainAnswer[], who: string): void {
  for (const { dims, data } of answers) {
    const answer: Tensor = { dtype: 'float32', dims, data: Float32Array.from(data) }
    checkAnswer(model, answer, who)
  }
}

// The way people run a model in a browser today: a page with onnxruntime-web in it, driven by Playwright, where
// each call passes its numbers to `page.evaluate` as an array and gets an array back. Nothing of Shoal is in it.
import type { Files, PlainBrowser } from './PlainBrowser.ts'

/** One request as a program makes it today. */
export type EvaluateRival = (numbers: readonly number[]) => Promise<number[]>

/** Global in the page: one session, created once, and the call that a program makes through `page.evaluate`. */
interface EchoPage {
  readonly shoalEcho: EvaluateRival
}

const html = `<!doctype html><title>evaluate</title><script type="module">
import * as ort from '/runtime/ort.wasm.min.mjs'
ort.env.wasm.numThreads = 1
const session = await ort.InferenceSession.create('/model.onnx')
globalThis.shoalEcho = async numbers => {
  const input = new ort.Tensor('float32', Float32Array.from(numbers), [numbers.length])
  const { output } = await session.run({ input })
  return Array.from(output.data)
}
</script>`

/** @param graph a graph from `input` to `output`, float32 of one free dimension */
export const evaluateFiles = (graph: Uint8Array): Files => ({ '/evaluate': html, '/model.onnx': graph })

export async function evaluateRival(browser: PlainBrowser): Promise<EvaluateRival> {
  const page = await browser.open('/evaluate')
  await page.waitForFunction(() => 'shoalEcho' in globalThis, undefined, { polling: 50 })
  return numbers => page.evaluate(given => (globalThis as unknown as EchoPage).shoalEcho(given), numbers)
}

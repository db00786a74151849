// Loading a model of several parts (Whisper: encoder and decoder) into a page that has just come up, with
// `parallelLoading` beside without. What is measured is `getModel`; the files are on this disk, so a network is not in it.
import type { FoundBrowser } from '@shoal/browser-bridge'
import { writeSeededModel } from '@shoal/onnx'
import { type BenchContext, pairedRow, pairOf, type Row } from '@shoal/tools/bench'
import { inTurn } from './inTurn.ts'
import { PoolUnderTest } from './PoolUnderTest.ts'

const claimed = 0.7
const sound = {
  samples: Float32Array.from({ length: 32_000 }, (_, at) => Math.sin(at / 9)),
  samplingRate: 16_000,
}

export async function partsLoading(
  context: BenchContext,
  found: FoundBrowser,
  where: string,
): Promise<Row[]> {
  // The width and depth of OpenAI's tiny; four seconds, so that its answer, which is only to be compared, comes soon.
  const { dir, files } = await writeSeededModel({
    architecture: 'whisper',
    size: 'mini',
    params: { seconds: 4, vocabSize: 4096 },
  })
  const size = Math.round(files.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20)
  let expected: string | undefined
  const load = async (parallelLoading: boolean) => {
    await using under = await PoolUnderTest.start({ kind: found.kind, models: [], lanes: 1 })
    const startedAt = performance.now()
    const model = await under.pool.getModel({
      name: dir,
      type: 'audio',
      task: 'automatic-speech-recognition',
      platform: 'wasm',
      optimizations: { parallelLoading },
    })
    const tookMs = performance.now() - startedAt
    const { json } = await model.run({ audio: sound }, { options: { max_new_tokens: 4 } })
    const said = JSON.stringify(json)
    expected ??= said
    if (said !== expected) throw new Error(`the same clip gave ${said} and ${expected}`)
    return tookMs
  }
  const seen = await inTurn(
    context,
    { sideBySide: () => load(true), serially: () => load(false) },
    { label: `${where}, loading in parts`, rounds: 7, budgetMs: 25_000 },
  )
  const pair = pairOf(seen.sideBySide, seen.serially)
  return [
    pairedRow(pair, {
      name: `${where}: getModel of Whisper in two parts, ${size} MiB, parallelLoading`,
      unit: 'ms',
      beside: 'without it',
      aim: {
        text: `saves ${Math.round((1 - pair.ratio) * 100)} %; claimed: 30 to 45 %`,
        met: pair.ratio <= claimed,
      },
    }),
  ]
}

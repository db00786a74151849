// Loading a model of several parts (Whisper: encoder and decoder) from a hub, with `parallelLoading` beside without. What is
// measured is `getModel`, into a page that has just come up; the hub is a server on loopback whose line is as slow as its
// row says. From this disk there is no row: `parallelLoading` is ignored there, which the model's status says.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FoundBrowser } from '@shoal/browser-bridge'
import { type SeededModel, writeSeededModel } from '@shoal/onnx'
import { type BenchContext, pairedRow, pairOf, type Row } from '@shoal/tools/bench'
import { inTurn } from './inTurn.ts'
import { PoolUnderTest } from './PoolUnderTest.ts'
import { type Line, startSlowHub } from './SlowHub.ts'

/** It is to save 30 % at least. */
const aim = 0.7
const sound = {
  samples: Float32Array.from({ length: 32_000 }, (_, at) => Math.sin(at / 9)),
  samplingRate: 16_000,
}

/** 100 Mbit/s and 40 ms: a usual line, or what a server lets one connection have. */
const line = { bytesPerSecond: 12.5e6, delayMs: 40 } as const

export async function partsLoading(
  context: BenchContext,
  found: FoundBrowser,
  where: string,
): Promise<Row[]> {
  // The width and depth of OpenAI's tiny; four seconds, so that its answer, which is only to be compared, comes soon.
  const model = await writeSeededModel({
    architecture: 'whisper',
    size: 'mini',
    params: { seconds: 4, vocabSize: 4096 },
  })
  const cache = await mkdtemp(join(tmpdir(), 'shoal-bench-hub-'))
  try {
    const rows: Row[] = []
    const sides = { 'for each connection': false, 'for all together': true }
    for (const [whose, shared] of Object.entries(sides))
      rows.push(await measure(context, found, where, model, cache, { ...line, shared }, whose))
    return rows
  } finally {
    await rm(cache, { recursive: true, force: true })
  }
}

let loads = 0

async function measure(
  context: BenchContext,
  found: FoundBrowser,
  where: string,
  { dir, files }: SeededModel,
  cache: string,
  over: Line,
  whose: string,
): Promise<Row> {
  const graphs = files.filter(({ path }) => path.endsWith('.onnx'))
  const sizes = graphs.map(({ bytes }) => Math.round(bytes / 2 ** 20)).join(' and ')
  await using hub = await startSlowHub(
    dir,
    files.map(({ path }) => path),
    over,
  )
  let expected: string | undefined
  const load = async (parallelLoading: boolean) => {
    await using under = await PoolUnderTest.start({
      kind: found.kind,
      models: [],
      lanes: 1,
      pool: { cache, hub: hub.url },
    })
    const startedAt = performance.now()
    const model = await under.pool.getModel({
      name: `bench/whisper-${loads++}`,
      type: 'audio',
      task: 'automatic-speech-recognition',
      platform: 'wasm',
      optimizations: { parallelLoading },
    })
    const tookMs = performance.now() - startedAt
    if (model.status().ignored.length > 0) throw new Error('parallelLoading was ignored over a hub')
    const { json } = await model.run({ audio: sound }, { options: { max_new_tokens: 4 } })
    const said = JSON.stringify(json)
    expected ??= said
    if (said !== expected) throw new Error(`the same clip gave ${said} and ${expected}`)
    return tookMs
  }
  const seen = await inTurn(
    context,
    { sideBySide: () => load(true), serially: () => load(false) },
    { label: `${where}, loading in parts, the line ${whose}`, rounds: 5, budgetMs: 45_000 },
  )
  const pair = pairOf(seen.sideBySide, seen.serially)
  const mbit = Math.round((over.bytesPerSecond * 8) / 1e6)
  return pairedRow(pair, {
    name: `${where}: getModel of Whisper (${sizes} MiB) from a hub on loopback, ${mbit} Mbit/s ${whose} and ${over.delayMs} ms, parallelLoading`,
    unit: 'ms',
    beside: 'without it',
    aim: {
      text: `saves ${Math.round((1 - pair.ratio) * 100)} %; aim: at least 30 %`,
      met: pair.ratio <= aim,
    },
  })
}

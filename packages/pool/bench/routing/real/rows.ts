// The router on real browsers: where it sends each model after 50 requests from cold, beside the simulation over what the
// very same lanes were recorded to take.

import { discover } from '@shoal/browser-bridge'
import { writeSeededModel } from '@shoal/onnx'
import { type BenchContext, quantile, type Row } from '@shoal/tools/bench'
import { Effect } from 'effect'
import type { BrowserKind, ModelInput, Platform } from '../../../src/index.ts'
import { toRunRequest } from '../../../src/inputs.ts'
import { type BenchModel, BenchPool } from '../../BenchPool.ts'
import { words } from '../../words.ts'
import type { Places, SimulatedPlace } from '../Places.ts'
import { inTurn, type Shares } from './inTurn.ts'

const kinds: readonly BrowserKind[] = ['chromium', 'firefox']
const [learn, count, recorded] = [50, 20, 40] as const
const seeds = Array.from({ length: 40 }, (_, at) => 301 + at)
const points = Array.from({ length: 21 }, (_, at) => at / 20)

/**
 * The simulation chooses where nine of ten seeds send at least so much to one lane. Where it is less, which one it is
 * hangs on chance: both are as good.
 */
const decided = 0.75

interface Asked extends BenchModel {
  readonly name: string
  readonly input: ModelInput
}

export async function realRows(context: BenchContext): Promise<Row[]> {
  const found = new Set((await Effect.runPromise(discover({ kinds }))).map(({ kind }) => kind))
  if (found.size < kinds.length) {
    context.progress(`real: skipped, it takes ${kinds.join(' and ')}`)
    return []
  }
  await using pool = await BenchPool.start({ browsers: kinds, minConnections: 2, maxConnections: 2 })
  const models = await load(pool)
  context.progress(`real: ${learn} requests a model from cold, then ${count}`)
  await ask(models, learn)
  const measured = await ask(models, count)
  context.progress(`real: ${recorded} runs of each model on each lane, recorded`)
  const places = await record(pool, models)
  const simulated = seeds.map(seed => inTurn(places, { learn, count, seed }))
  return models.map(({ name }) => rowOf(name, places, measured, simulated))
}

async function load(pool: BenchPool): Promise<Asked[]> {
  const [bert, vit] = await Promise.all([
    writeSeededModel({ architecture: 'bertEncoder', size: 'mini' }),
    writeSeededModel({ architecture: 'vit' }),
  ])
  const tiny = await writeSeededModel({ architecture: 'bertEncoder' })
  const side = 96
  const pixels = {
    dtype: 'float32' as const,
    dims: [1, 3, side, side],
    data: Float32Array.from({ length: 3 * side * side }, (_, at) => Math.sin(at)),
  }
  const wanted: readonly [name: string, folder: string, platform: Platform, input: ModelInput][] = [
    ['BERT-mini, 64 tokens, WASM', bert.dir, 'wasm', words(64)],
    ['ViT-tiny, WASM', vit.dir, 'wasm', { tensors: { pixel_values: pixels } }],
    ['BERT-tiny, 16 tokens, WebGPU on software adapters', tiny.dir, 'webgpu', words(16)],
  ]
  const models: Asked[] = []
  for (const [name, folder, platform, input] of wanted)
    models.push({ name, input, ...(await pool.load(folder, platform)) })
  // It is ready with its first lane; the choice is between two.
  while (models.some(({ id }) => pool.parts.dispatcher.replicasOf(id).length < kinds.length))
    await new Promise(resolve => setTimeout(resolve, 50))
  return models
}

/** One at a time, the models in turn; where they went. */
async function ask(models: readonly Asked[], each: number): Promise<Shares> {
  const shares: Record<string, Record<string, number>> = {}
  for (let turn = 0; turn < each; turn++) {
    for (const { name, model, input } of models) {
      const { placement } = await model.run(input)
      const of = shares[name] ?? {}
      shares[name] = { ...of, [placement.browser]: (of[placement.browser] ?? 0) + 1 / each }
    }
  }
  return shares
}

/** Each lane by itself, past the router, in turn: what else runs on the machine meets all of them alike. */
async function record(pool: BenchPool, models: readonly Asked[]): Promise<Places> {
  const lanes = new Map<string, SimulatedPlace>()
  for (const { id, name, model, input } of models) {
    const request = toRunRequest(model.spec, input, undefined)
    if (request instanceof Error) throw request
    const replicas = pool.parts.dispatcher.replicasOf(id)
    const took = replicas.map((): number[] => [])
    for (let turn = 0; turn < recorded; turn++) {
      for (const [at, { lane, modelKey }] of replicas.entries()) {
        const since = performance.now()
        const { timing } = await lane.run(modelKey, request, { deadlineMs: 300_000 })
        took[at]?.push(performance.now() - since - timing.queueMs)
      }
    }
    for (const [at, { browser, lane }] of replicas.entries()) {
      const key = browser.kind
      const known = lanes.get(key)?.quantilesMs ?? {}
      const quantilesMs = points.map(point => quantile(took[at] ?? [], point))
      lanes.set(key, {
        lane: key,
        browser: key,
        backend: lane.backend === 'webgpu' ? 'webgpu' : 'wasm',
        software: lane.adapter?.software === true,
        quantilesMs: { ...known, [name]: quantilesMs },
      })
    }
  }
  return { name: 'recorded now', models: models.map(({ name }) => name), lanes: [...lanes.values()] }
}

function rowOf(model: string, places: Places, measured: Shares, simulated: readonly Shares[]): Row {
  const times = places.lanes.map(({ lane, quantilesMs }) => {
    const quantiles = quantilesMs[model] ?? []
    const mean = quantiles.reduce((sum, ms) => sum + ms, 0) / quantiles.length
    return `${lane} ${quantile(quantiles, 0.5).toFixed(0)} ms, mean ${mean.toFixed(0)}`
  })
  const sharesOf = (lane: string) => simulated.map(shares => shares[model]?.[lane] ?? 0)
  const middle = (lane: string) => quantile(sharesOf(lane), 0.5)
  const [lane = ''] = places.lanes.map(place => place.lane).sort((a, b) => middle(b) - middle(a))
  const value = measured[model]?.[lane] ?? 0
  const sure = quantile(sharesOf(lane), 0.1)
  return {
    name: `real, ${model} (${times.join('; ')}): share of the ${count} requests after ${learn} that went to ${lane}`,
    value,
    unit: 'of 1',
    beside: `simulated over the same lanes, recorded (nine of ten seeds: at least ${sure.toFixed(2)})`,
    besideValue: middle(lane),
    n: count,
    ...(sure >= decided
      ? { aim: 'the same choice: most of them', met: value > 0.5 }
      : { aim: 'none: which lane it is hangs on the seed', met: true }),
  }
}

// The router on real browsers: where it sends each model after 50 requests from cold, beside the simulation over what the
// very same lanes were recorded to take.

import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { discover } from '@shoal/browser-bridge'
import { type BenchContext, quantile, type Row } from '@shoal/tools/bench'
import { Effect } from 'effect'
import type { BrowserKind, ModelInput } from '../../../src/index.ts'
import { toRunRequest } from '../../../src/inputs.ts'
import { type BenchModel, BenchPool } from '../../BenchPool.ts'
import type { Places, SimulatedPlace } from '../Places.ts'
import { inTurn, type Shares } from './inTurn.ts'
import { unequalModels } from './unequalModels.ts'

const kinds: readonly BrowserKind[] = ['chromium', 'firefox']
const [learn, count] = [50, 20] as const
/** Runs of each model on each lane, fewer where they take long. */
const [recorded, recordedAtLeast, recordAtMostMs] = [40, 10, 20_000] as const
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
  await using folder = await mkdtempDisposable(join(tmpdir(), 'shoal-bench-'))
  await using pool = await BenchPool.start({ browsers: kinds, minConnections: 2, maxConnections: 2 })
  const models = await load(pool, folder.path)
  context.progress(`real: ${learn} requests a model from cold, then ${count}`)
  await ask(models, learn)
  const measured = await ask(models, count)
  context.progress(`real: ${recorded} runs of each model on each lane, recorded`)
  const places = await record(pool, models)
  const simulated = seeds.map(seed => inTurn(places, { learn, count, seed }))
  const all = models.map(({ name }) => chosenOf(name, places, measured, simulated))
  return [...all.map(rowOf), summary(all)]
}

async function load(pool: BenchPool, folder: string): Promise<Asked[]> {
  const models: Asked[] = []
  for (const { name, file, platform, input } of await unequalModels(folder))
    models.push({ name, input, ...(await pool.load(file, platform)) })
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
    const until = performance.now() + recordAtMostMs
    for (let turn = 0; turn < recorded && (turn < recordedAtLeast || performance.now() < until); turn++) {
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

interface Chosen {
  readonly model: string
  readonly times: string
  /** Where the simulation sends most of it. */
  readonly lane: string
  readonly simulated: number
  /** The least that nine of ten seeds send there. */
  readonly sure: number
  readonly real: number
}

function chosenOf(model: string, places: Places, measured: Shares, simulated: readonly Shares[]): Chosen {
  const times = places.lanes.map(({ lane, quantilesMs }) => {
    const quantiles = quantilesMs[model] ?? []
    const mean = quantiles.reduce((sum, ms) => sum + ms, 0) / quantiles.length
    return `${lane} ${figure(quantile(quantiles, 0.5))} ms, mean ${figure(mean)}`
  })
  const sharesOf = (lane: string) => simulated.map(shares => shares[model]?.[lane] ?? 0)
  const middle = (lane: string) => quantile(sharesOf(lane), 0.5)
  const [lane = ''] = places.lanes.map(place => place.lane).sort((a, b) => middle(b) - middle(a))
  return {
    model,
    times: times.join('; '),
    lane,
    simulated: middle(lane),
    sure: quantile(sharesOf(lane), 0.1),
    real: measured[model]?.[lane] ?? 0,
  }
}

function rowOf({ model, times, lane, simulated, sure, real }: Chosen): Row {
  return {
    name: `real, ${model} (${times}): share of the ${count} requests after ${learn} that went to ${lane}`,
    value: real,
    unit: 'of 1',
    beside: `simulated over the same lanes, recorded (nine of ten seeds: at least ${sure.toFixed(2)})`,
    besideValue: simulated,
    n: count,
    ...(sure >= decided
      ? { aim: 'the same choice: most of them', met: real > 0.5 }
      : { aim: 'none: a tie, which lane it is hangs on the seed', met: true }),
  }
}

function summary(all: readonly Chosen[]): Row {
  const told = all.filter(({ sure }) => sure >= decided)
  const same = told.filter(({ real }) => real > 0.5).length
  return {
    name: `real: models that went where the simulation sends them (of ${all.length} ${told.length} have a choice, the others are ties)`,
    value: same,
    unit: `of ${told.length}`,
    n: all.length,
    aim: 'all that have a choice, three at least',
    met: same === told.length && told.length >= 3,
  }
}

function figure(ms: number): string {
  return ms.toFixed(ms < 10 ? 1 : 0)
}

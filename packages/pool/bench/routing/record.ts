// Records what models take on the browsers of this machine, for the routing simulation: `node record.ts`. Real
// browsers, seeded weights, one request at a time. Writes serviceTimes.json beside it, which is committed.

import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { discover } from '@shoal/browser-bridge'
import { writeSeededModel } from '@shoal/onnx'
import { quantile } from '@shoal/tools/bench'
import { Effect } from 'effect'
import {
  type BrowserKind,
  type ModelInput,
  type Platform,
  ResourcePool,
  type Tensor,
} from '../../src/index.ts'
import type { RecordedTimes, ServiceTimes } from './ServiceTimes.ts'

const runs = 60
const warmUp = 5
const points = Array.from({ length: 21 }, (_, at) => at / 20)

const ints = (length: number, value: (at: number) => number): Tensor => ({
  dtype: 'int64',
  dims: [1, length],
  data: BigInt64Array.from({ length }, (_, at) => BigInt(value(at))),
})

const floats = (...dims: readonly number[]): Tensor => ({
  dtype: 'float32',
  dims,
  data: Float32Array.from({ length: dims.reduce((all, one) => all * one, 1) }, (_, at) => Math.sin(at)),
})

const words = (length: number): ModelInput => ({
  tensors: {
    input_ids: ints(length, at => 5 + ((at * 31) % 4000)),
    attention_mask: ints(length, () => 1),
    token_type_ids: ints(length, () => 0),
  },
})

const models = [
  { name: 'BERT-mini, 16 tokens', architecture: 'bertEncoder', input: words(16) },
  { name: 'BERT-mini, 128 tokens', architecture: 'bertEncoder', input: words(128) },
  { name: 'ViT-mini', architecture: 'vit', input: { tensors: { pixel_values: floats(1, 3, 224, 224) } } },
] as const

/** Software WebGPU takes ten seconds and more for the larger models: the smallest says how slow it is. */
const places: readonly { browser: BrowserKind; platform: Platform }[] = [
  { browser: 'chromium', platform: 'wasm' },
  { browser: 'firefox', platform: 'wasm' },
  { browser: 'chromium', platform: 'webgpu' },
  { browser: 'firefox', platform: 'webgpu' },
]

async function record(): Promise<void> {
  const times: RecordedTimes[] = []
  const versions = new Map<string, string>()
  for (const found of await Effect.runPromise(discover({}))) versions.set(found.kind, found.version)
  for (const { browser, platform } of places) {
    await using pool = await ResourcePool.start({
      browsers: [browser],
      maxConnections: 1,
      threads: 1,
      hub: false,
      deadlineMs: 300_000,
    })
    for (const { name, architecture, input } of platform === 'webgpu' ? models.slice(0, 1) : models) {
      const { dir } = await writeSeededModel({ architecture, size: 'mini' })
      const model = await pool.getModel({ name: dir, type: 'graph', platform })
      const seen: number[] = []
      const [before, counted] = platform === 'webgpu' ? [1, runs / 10] : [warmUp, runs]
      let software = false
      for (let run = -before; run < counted; run++) {
        const { timing, placement } = await model.run(input)
        software = placement.adapter === 'software'
        if (run >= 0) seen.push(timing.totalMs - timing.queueMs)
      }
      times.push({
        model: name,
        browser,
        version: versions.get(browser) ?? '',
        backend: platform,
        software,
        n: seen.length,
        quantilesMs: points.map(point => Number(quantile(seen, point).toFixed(2))),
      })
      process.stderr.write(`${browser} ${platform} ${name}: p50 ${quantile(seen, 0.5).toFixed(1)} ms\n`)
      await model.release()
    }
  }
  const [cpu] = cpus()
  const recorded: ServiceTimes = {
    machine: `${cpus().length} × ${cpu?.model ?? 'unknown'}, shared with other work`,
    recorded: new Date().toISOString().slice(0, 10),
    threads: 1,
    points,
    times,
  }
  await writeFile(new URL('serviceTimes.json', import.meta.url), `${JSON.stringify(recorded, null, 2)}\n`)
}

await record()

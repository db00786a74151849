// A warm spare in real browsers: who answers before, while and after the browser that works is killed; and what the
// pool's metrics say of it meanwhile.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { discover } from '@shoal/browser-bridge'
import { writeSeededModel } from '@shoal/onnx'
import { Effect } from 'effect'
import { expect, it } from 'vitest'
import { type ConnectionState, type ModelInput, type PoolOptions, ResourcePool } from '../../src/index.ts'
import { until } from './requests.ts'

const row = (...values: bigint[]) => ({
  dtype: 'int64' as const,
  dims: [1, values.length],
  data: BigInt64Array.from(values),
})
const text: ModelInput = {
  tensors: {
    input_ids: row(5n, 6n, 7n, 8n),
    attention_mask: row(1n, 1n, 1n, 1n),
    token_type_ids: row(0n, 0n, 0n, 0n),
  },
}

/** The kind that starts soonest, where it is there: the spare is of the kind that works anyway. */
const browsers: Pick<PoolOptions, 'browsers'> =
  (await Effect.runPromise(discover({ kinds: ['chromium'] }))).length > 0 ? { browsers: ['chromium'] } : {}

it('a warm spare takes no request, answers the next one when the working browser is killed, and is a spare again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-spare-'))
  const bert = await writeSeededModel({ architecture: 'bertEncoder', cacheDir: folder })
  await using pool = await ResourcePool.start({
    maxConnections: 2,
    hub: false,
    ...browsers,
    scaling: { warmSpare: true },
  })
  const model = await pool.getModel({ name: bert.dir, type: 'graph', platform: 'wasm' })
  const ready = () => Object.values(model.status().replicas).filter(({ _tag }) => _tag === 'ready').length
  const states = (): ConnectionState[] => pool.metrics().connectionStates.map(({ state }) => state)
  let asked = 0
  const ask = async () => {
    asked += 1
    return (await model.run(text)).placement.browserId
  }
  await until(() => ready() === 2)
  const [working, spare] = pool.browsers()
  expect(spare?.isSpare).toBe(true)
  expect(states()).toEqual(['working', 'spare'])
  for (let time = 0; time < 10; time++) expect(await ask()).toBe(working?.id)

  if (working?.pid === undefined) throw new Error('the working browser has no process')
  process.kill(working.pid, 'SIGKILL')
  // Its pages may answer for a moment yet. Before it is started again, nobody else is there than the spare.
  const restarted = () => pool.metrics().restarts.browsers > 0
  let by = await ask()
  while (by === working.id && !restarted()) by = await ask()
  expect(by).toBe(spare?.id)

  await until(() => ready() === 2)
  expect(await ask()).toBe(working.id)
  await until(() => pool.metrics().host !== undefined)
  const { host, requests, restarts } = pool.metrics()
  expect(requests).toMatchObject({ accepted: asked, answered: asked, failed: 0 })
  expect(restarts.browsers).toBe(1)
  expect(restarts.recent).toContainEqual(expect.objectContaining({ what: 'browser', id: working.id }))
  expect(host?.memory.usedBytes).toBeGreaterThan(0)
  expect(host?.memory.limitBytes).toBeGreaterThan(host?.memory.usedBytes ?? 0)
  expect(host?.cpu.cores).toBeGreaterThan(0)
  await rm(folder, { recursive: true, force: true })
})

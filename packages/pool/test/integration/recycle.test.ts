// What has been used long enough is started anew, and no request notices.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeSeededModel } from '@shoal/onnx'
import { expect, it } from 'vitest'
import { type ModelInput, ResourcePool } from '../../src/index.ts'
import { until } from './requests.ts'

const text: ModelInput = {
  tensors: {
    input_ids: { dtype: 'int64', dims: [1, 4], data: BigInt64Array.of(5n, 6n, 7n, 8n) },
    attention_mask: { dtype: 'int64', dims: [1, 4], data: BigInt64Array.of(1n, 1n, 1n, 1n) },
    token_type_ids: { dtype: 'int64', dims: [1, 4], data: BigInt64Array.of(0n, 0n, 0n, 0n) },
  },
}

it('a page is drained and loaded again after so many runs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-recycle-'))
  const bert = await writeSeededModel({ architecture: 'bertEncoder', cacheDir: folder })
  await using pool = await ResourcePool.start({
    maxConnections: 1,
    hub: false,
    recycle: { afterRuns: 20 },
  })
  const model = await pool.getModel({ name: bert.dir, type: 'graph', platform: 'wasm' })
  const reloads = () => pool.metrics().ladder.rungs.reload?.times ?? 0
  let asked = 0
  while (reloads() < 2 && asked < 2_000) {
    await model.run(text)
    asked += 1
  }
  expect(reloads()).toBe(2)
  const { requests, ladder, restarts } = pool.metrics()
  expect(requests).toMatchObject({ accepted: asked, answered: asked, failed: 0 })
  expect(asked).toBeGreaterThanOrEqual(40)
  expect(ladder.recent).toMatchObject([
    { rung: 'reload', why: 'recycled', noticedMs: 0 },
    { rung: 'reload', why: 'recycled', noticedMs: 0 },
  ])
  expect(restarts).toEqual({ browsers: 0, connections: 0, recent: [] })
  await rm(folder, { recursive: true, force: true })
})

it.skipIf(process.platform !== 'linux')(
  'a browser that takes more memory than it may is drained and started again',
  async () => {
    await using pool = await ResourcePool.start({ maxConnections: 1, hub: false, recycle: { aboveBytes: 1 } })
    const [before] = pool.browsers()
    await until(() => pool.metrics().ladder.rungs.browser)
    const { ladder } = pool.metrics()
    expect(ladder.recent.find(({ rung }) => rung === 'browser')).toMatchObject({
      subject: before?.id,
      why: 'recycled',
    })
  },
)

// One request that takes every browser that works on it with it. Real browsers; the test is what kills them, by SIGKILL,
// each time that the request is at work: no input is known that ends every browser by itself.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeModel, GraphBuilder, writeSeededModel } from '@shoal/onnx'
import { joinChunks } from '@shoal/tensor'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PoisonRequest, ResourcePool } from '../../src/index.ts'
import { textOf, until } from './requests.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-poison-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const side = 1024

/** Minutes of work on WASM: whatever lane it is given has it until the lane dies. */
async function endless(): Promise<string> {
  const builder = new GraphBuilder({ name: 'endless', seed: 0 })
  const seed = builder.input('seed', 'float32', [1, 1])
  const first = builder.op('Expand', [seed, builder.ints(side, side)])
  let value = first
  for (let product = 0; product < 2000; product++) value = builder.op('MatMul', [value, first])
  builder.output(value, 'y', 'float32', [side, side])
  const file = join(folder, 'endless.onnx')
  await writeFile(file, joinChunks(encodeModel(builder.build())))
  return file
}

it('a request that two browsers die of ends as poison, and every other one is answered', {
  timeout: 300_000,
}, async () => {
  const bert = await writeSeededModel({ architecture: 'bertEncoder', cacheDir: folder })
  await using pool = await ResourcePool.start({ minConnections: 2, maxConnections: 2, hub: false })
  const others = await pool.getModel({ name: bert.dir, type: 'graph', platform: 'wasm' })
  const model = await pool.getModel({ name: await endless(), type: 'graph', platform: 'wasm' })
  const seed = { dtype: 'float32' as const, dims: [1, 1], data: Float32Array.of(1 / side) }

  let end: unknown
  const poison = model.run({ tensors: { seed } }, { deadlineMs: 600_000 }).then(
    answer => {
      end = answer
    },
    (error: unknown) => {
      end = error
    },
  )
  const answers: Promise<unknown>[] = []
  let open = 0
  const ask = (count: number) => {
    for (let at = 0; at < count; at++) {
      open++
      answers.push(others.run(textOf(64), { deadlineMs: 600_000 }).finally(() => open--))
    }
  }
  const killed: string[] = []
  while (end === undefined) {
    const holder = await until(() => (end === undefined ? holderOf(pool, open) : { id: '', pid: undefined }))
    if (holder.pid === undefined) break
    // Some of them are at work when it dies, and one may wait behind the poison.
    const before = answers.length
    ask(20)
    await Promise.race(answers.slice(before))
    killed.push(holder.id)
    process.kill(holder.pid, 'SIGKILL')
    await until(() => (end !== undefined || pool.metrics().requests.waiting === 0 ? true : undefined))
  }
  await poison
  ask(10)
  const failed = (await Promise.allSettled(answers)).filter(({ status }) => status === 'rejected')
  expect(failed).toEqual([])
  expect(end).toBeInstanceOf(PoisonRequest)
  expect((end as PoisonRequest).lanes).toHaveLength(2)
  // One more where it only waited on its lane behind another request: then it was not what the browser died of.
  expect(killed.length).toBeGreaterThanOrEqual(2)
  const { requests } = pool.metrics()
  expect(requests).toMatchObject({ accepted: answers.length + 1, answered: answers.length, failed: 1 })
})

/** The browser that works on the endless request: the only one that has work left when all that can end has ended. */
function holderOf(pool: ResourcePool, open: number): { id: string; pid: number | undefined } | undefined {
  const { waiting, running } = pool.metrics().requests
  const [holder, ...more] = pool.browsers().filter(browser => browser.running > 0)
  // One more at most: it waits behind, in the same lane.
  if (waiting > 0 || open > 1 || running !== open + 1 || holder?.running !== running || more.length > 0)
    return undefined
  return holder.pid === undefined ? undefined : holder
}

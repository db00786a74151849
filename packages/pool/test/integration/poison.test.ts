// One request that takes every browser that works on it with it. Real browsers; the test is what kills them, by SIGKILL,
// each time that the request is at work: no input is known that ends every browser by itself.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeSeededModel } from '@shoal/onnx'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PoisonRequest, ResourcePool } from '../../src/index.ts'
import { endlessInput, writeEndlessModel } from './endlessModel.ts'
import { textOf, until } from './requests.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-poison-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('a request that two browsers die of ends as poison, and every other one is answered', {
  timeout: 300_000,
}, async () => {
  const bert = await writeSeededModel({ architecture: 'bertEncoder', cacheDir: folder })
  await using pool = await ResourcePool.start({ minConnections: 2, maxConnections: 2, hub: false })
  const others = await pool.getModel({ name: bert.dir, type: 'graph', platform: 'wasm' })
  const model = await pool.getModel({
    name: await writeEndlessModel(folder),
    type: 'graph',
    platform: 'wasm',
  })

  const answers: Promise<unknown>[] = []
  let slowestMs = 0
  const ask = (count: number) => {
    for (let n = 0; n < count; n++) {
      const askedAt = performance.now()
      const answer = others.run(textOf(64), { deadlineMs: 600_000 })
      answers.push(answer)
      // Only a first one is timed, and alone: later ones also wait, behind the poison for example.
      if (answers.length === 1) answer.then(() => (slowestMs = performance.now() - askedAt)).catch(() => {})
    }
    return answers.slice(-count)
  }
  await Promise.all(ask(1))
  let end: unknown
  const poison = model.run(endlessInput, { deadlineMs: 600_000 }).then(
    answer => {
      end = answer
    },
    (error: unknown) => {
      end = error
    },
  )
  const killed: string[] = []
  while (end === undefined) {
    const holder = await holderOf(pool, Math.max(3000, 20 * slowestMs), () => end !== undefined)
    if (holder === undefined) break
    // Some of them are at work when it dies, and some may wait behind the poison.
    ask(20)
    killed.push(holder.id)
    process.kill(holder.pid, 'SIGKILL')
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

/**
 * The browser that the poison is at work in: the only one that has work, once nothing has moved for `stillMs`. How many wait behind
 * the poison, and whether more wait in the pool for its lane, nobody can say; all others would have moved.
 */
async function holderOf(pool: ResourcePool, stillMs: number, isOver: () => boolean) {
  let since = performance.now()
  let seen = ''
  return until(() => {
    if (isOver()) return { over: true as const }
    const { waiting, running, answered } = pool.metrics().requests
    const [busy, ...more] = pool.browsers().filter(browser => browser.running > 0)
    const now = JSON.stringify([busy?.pid, waiting, running, answered])
    if (now !== seen || more.length > 0) since = performance.now()
    seen = now
    if (busy?.pid === undefined || performance.now() - since < stillMs) return undefined
    return { over: false as const, id: busy.id, pid: busy.pid }
  }, 240_000).then(found => (found.over ? undefined : found))
}

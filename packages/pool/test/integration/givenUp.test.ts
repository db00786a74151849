// A run that nobody wants any more and that nothing softer ends, in a real browser: its lane is ended for it, and nobody
// else's request is lost. One kind of browser: what ends a lane does not depend on it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeSeededModel } from '@shoal/onnx'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ResourcePool } from '../../src/index.ts'
import { briefInput, endlessInput, writeEndlessModel } from './endlessModel.ts'
import { textOf, until } from './requests.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-given-up-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('a lane that does not end a run that was given up is ended, and what waited behind is answered by the next', async () => {
  const bert = await writeSeededModel({ architecture: 'bertEncoder', cacheDir: folder })
  await using pool = await ResourcePool.start({ maxConnections: 1, terminateAfterMs: 200, hub: false })
  const [others, model] = await Promise.all(
    [bert.dir, await writeEndlessModel(folder)].map(name =>
      pool.getModel({ name, type: 'graph', platform: 'wasm' }),
    ),
  )
  if (others === undefined || model === undefined) throw new Error('two models were asked for')
  // The first run on a lane says nothing of how long the others take, and what is not known has as long as its deadline.
  for (let run = 0; run < 2; run++) await model.run(briefInput)
  const stop = new AbortController()
  const endless = model.run(endlessInput, { signal: stop.signal, deadlineMs: 600_000 })
  await until(() => pool.metrics().requests.running === 1)
  const behind = others.run(textOf(8), { deadlineMs: 600_000 })
  stop.abort()
  await expect(endless).rejects.toMatchObject({ _tag: 'RequestAborted' })
  await behind
  const { requests, ladder } = pool.metrics()
  expect(requests).toMatchObject({ accepted: 4, answered: 3, failed: 1, waiting: 0, running: 0 })
  // On a machine that is all taken up by that run a link may be silent for a while, too.
  expect(ladder.recent).toContainEqual(
    expect.objectContaining({ rung: 'lane', detail: expect.stringContaining('given up') }),
  )
})

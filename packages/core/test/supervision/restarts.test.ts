import { expect, test } from 'vitest'
import { supervisor } from '../../src/index.ts'
import { makeFaults, startTestSystem } from '../../src/testing/index.ts'
import { worker, workerRef } from './worker.ts'

test('each restart is on record with its reason, its attempt and its time', async () => {
  await using system = await startTestSystem()
  const faults = makeFaults(1)
  const { ref: sup } = await system.spawn(
    supervisor({
      id: 'sup',
      strategy: 'one_for_all',
      intensity: 100,
      children: [worker('a'), worker('b')],
    }),
  )
  faults.kill(workerRef(sup, 'a'))
  await system.advance(1000)
  workerRef(sup, 'a').tell({ type: 'crash' })
  await system.settle()
  const [, b] = sup.whichChildren()
  expect(b?.restarts).toMatchObject([
    { at: 0, epoch: 2, why: { _tag: 'Killed' } },
    { at: 1000, epoch: 3, why: { _tag: 'Failure', error: { message: 'crashed on purpose' } } },
  ])
  for (let left = 20; left > 0; left--) {
    faults.crash(workerRef(sup, 'a'))
    await system.settle()
  }
  const [a] = sup.whichChildren()
  expect(a?.restarts).toHaveLength(16)
  expect(a?.restarts.at(-1)).toMatchObject({ epoch: 23, attempt: 22 })
})

// A lost WebNN context is noticed, over a fake of the API as its specification has it.

import { expect, it } from 'vitest'
import { contextLost } from '../../src/page/engines/mlContexts.ts'

class FakeMl {
  readonly losses: PromiseWithResolvers<{ message: string }>[] = []
  readonly asked: unknown[] = []

  async createContext(options: { readonly deviceType: string }) {
    this.asked.push(options)
    const loss = Promise.withResolvers<{ message: string }>()
    this.losses.push(loss)
    return { lost: loss.promise }
  }
}

it('tells why one of the contexts that are made was lost, and makes them as they were asked for', async () => {
  const ml = new FakeMl()
  const lost = contextLost(ml)
  await ml.createContext({ deviceType: 'npu' })
  await ml.createContext({ deviceType: 'gpu' })
  ml.losses[1]?.resolve({ message: 'the driver was updated' })
  expect(await lost).toBe('the driver was updated')
  expect(ml.asked).toEqual([{ deviceType: 'npu' }, { deviceType: 'gpu' }])
})

it('watches nothing where there is no WebNN, or contexts that say nothing of it', async () => {
  const silent = { createContext: async () => ({}) }
  const never = [contextLost(undefined), contextLost(silent)]
  await silent.createContext()
  const first = await Promise.race([...never, Promise.resolve('neither')])
  expect(first).toBe('neither')
})

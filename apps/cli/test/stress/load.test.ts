import type { Model } from '@shoal/pool'
import { expect, it } from 'vitest'
import type { Judge } from '../../src/proof/Judge.ts'
import { runLoad } from '../../src/stress/load.ts'
import { StressRecord } from '../../src/stress/StressRecord.ts'

it('a request that never ends is told as lost, and is not waited for for ever', async () => {
  const silent = { run: () => new Promise(() => {}) } as unknown as Model
  const proof = {
    name: 'bert',
    type: 'text_embedding',
    folder: '',
    inputs: ['one'],
    reference: {
      folder: '',
      post: () => ({ dtype: 'float32', dims: [], data: new Float32Array() }) as const,
      tokenizesHere: true,
    },
  } as const
  const record = new StressRecord()
  await runLoad({
    models: [{ proof, model: silent }],
    record,
    judge: {} as Judge,
    shape: { _tag: 'open', arrivals: [0, 1, 2] },
    deadlineMs: 1,
    lostAfterMs: 20,
    signal: new AbortController().signal,
  })
  expect(record.count('open')).toBe(3)
})

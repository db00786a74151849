// Arbitrary messages and tensors for property tests: every dtype, every message that carries tensors.

import { binaryDtypes, elementBytes, elementsOver, type NamedTensor } from '@shoal/tensor'
import * as fc from 'fast-check'
import type { PageMessage, Part, Result, Run } from '../../src/protocol/messages.ts'

const dims = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 })
const count = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1)

const binaryTensor: fc.Arbitrary<NamedTensor> = fc
  .record({ name: fc.string(), dtype: fc.constantFrom(...binaryDtypes), dims })
  .chain(({ name, dtype, dims }) => {
    const bytes = count(dims) * elementBytes(dtype)
    return fc
      .uint8Array({ minLength: bytes, maxLength: bytes })
      .map(raw => ({ name, dtype, dims, data: elementsOver(dtype, raw.slice()) }) as NamedTensor)
  })

const stringTensor: fc.Arbitrary<NamedTensor> = fc
  .record({ name: fc.string(), dims })
  .chain(({ name, dims }) =>
    fc
      .array(fc.string({ unit: 'grapheme' }), { minLength: count(dims), maxLength: count(dims) })
      .map(data => ({ name, dtype: 'string' as const, dims, data })),
  )

export const tensors = fc.array(fc.oneof({ weight: 4, arbitrary: binaryTensor }, stringTensor), {
  maxLength: 4,
})

export const runs: fc.Arbitrary<Run> = fc
  .record({
    id: fc.nat(),
    lane: fc.nat({ max: 100 }),
    model: fc.string({ unit: 'grapheme', maxLength: 64 }),
    deadlineMs: fc.double({ min: -1e6, max: 1e9, noNaN: true }).map(ms => ms + 0),
    tensors,
    text: fc.string({ unit: 'grapheme' }),
    options: fc.dictionary(
      fc.string().filter(key => key !== '__proto__'),
      fc.oneof(fc.string(), fc.boolean(), fc.integer(), fc.constant(null)),
      { noNullPrototype: true },
    ),
  })
  .map(({ text, options, ...rest }) => ({ t: 'run', input: { kind: 'task', text, options }, ...rest }))

const json = fc
  .jsonValue()
  .map(value => JSON.parse(JSON.stringify(value).replaceAll('__proto__', 'proto')) as unknown)

export const parts: fc.Arbitrary<Part> = fc
  .record({ id: fc.nat(), seq: fc.nat(), tensors, json })
  .map(part => ({ t: 'part', ...part }))

export const results: fc.Arbitrary<Result> = fc
  .record(
    {
      id: fc.nat(),
      made: fc.record({ worker: fc.uuid(), number: fc.nat() }),
      inputs: fc.nat({ max: 4 }),
      tensors,
      json,
    },
    { requiredKeys: ['id', 'inputs', 'tensors', 'json'] },
  )
  .map(result => ({
    t: 'result',
    timing: { queueMs: 0.5, preprocessMs: 1, computeMs: 2.25, postprocessMs: 0 },
    ...result,
  }))

export const failed: PageMessage = {
  t: 'failed',
  id: 7,
  error: { code: 'WrongInput', message: 'm: input is missing', stack: 'at x' },
  retryable: false,
}

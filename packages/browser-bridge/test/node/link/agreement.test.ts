// What a page that is not trusted may answer, as tables.
import { describe, expect, it } from 'vitest'
import { LaneLost } from '../../../src/errors.ts'
import { type Asked, beyondAgreed, partBeyondAgreed } from '../../../src/node/link/agreement.ts'
import { type AskOptions, Requests } from '../../../src/node/link/Requests.ts'
import { UnaskedFrames, unaskedPerSecond } from '../../../src/node/link/UnaskedFrames.ts'
import type { HostMessage, Part, Result, ValueMetadata } from '../../../src/protocol/messages.ts'

const timing = { queueMs: 0, preprocessMs: 0, computeMs: 1, postprocessMs: 0 }
const tensor = (name: string, ...dims: number[]) => ({
  name,
  dtype: 'float32' as const,
  dims,
  data: new Float32Array(dims.reduce((a, b) => a * b, 1)),
})
const known: readonly ValueMetadata[] = [
  { name: 'y', dtype: 'float32', dims: ['batch', 10] },
  { name: 'z', dtype: 'float32', dims: [1] },
]
const asked = (more: Partial<Asked> = {}): Asked => ({
  input: { kind: 'tensors' },
  outputs: undefined,
  returnInputs: undefined,
  ...more,
})

describe('A result', () => {
  it.each<[string, Asked, readonly ValueMetadata[] | undefined, Partial<Result>, string | undefined]>([
    ['of the right shape', asked(), known, { tensors: [tensor('y', 3, 10), tensor('z', 1)] }, undefined],
    [
      'with an output that was asked for by a name that cannot be shown',
      asked({ outputs: ['bell\u0007'] }),
      [{ name: 'bell\ufffd', dtype: 'float32', dims: [1] }],
      { tensors: [tensor('bell\ufffd', 1)] },
      undefined,
    ],
    ['with fewer outputs', asked(), known, { tensors: [tensor('z', 1)] }, "'y' is missing"],
    ['without any', asked(), known, {}, "'y' is missing"],
    [
      'with those alone that were asked for',
      asked({ outputs: ['z'] }),
      known,
      { tensors: [tensor('z', 1)] },
      undefined,
    ],
    ['without what was asked for', asked({ outputs: ['z'] }), undefined, {}, "'z' is missing"],
    ['of a task, without tensors', asked({ input: { kind: 'task' } }), known, {}, undefined],
    ['with an output that the model lacks', asked(), known, { tensors: [tensor('q', 1)] }, "no output 'q'"],
    [
      'with a fixed size changed',
      asked(),
      known,
      { tensors: [tensor('y', 3, 11)] },
      'is [3, 11], not [batch, 10]',
    ],
    ['of another rank', asked(), known, { tensors: [tensor('y', 10)] }, 'not [batch, 10]'],
    [
      'of another type',
      asked(),
      [{ name: 'y', dtype: 'int64', dims: [1] }],
      { tensors: [tensor('y', 1)] },
      'not int64',
    ],
    ['with an output twice', asked(), known, { tensors: [tensor('z', 1), tensor('z', 1)] }, 'comes twice'],
    [
      'with one more than was asked for',
      asked({ outputs: ['z'] }),
      known,
      { tensors: [tensor('y', 1, 10)] },
      'asked',
    ],
    ['with inputs nobody wanted', asked(), known, { inputs: 1, tensors: [tensor('x', 1)] }, 'inputs back'],
    [
      'with the inputs that were wanted',
      asked({ returnInputs: true }),
      known,
      { inputs: 1, tensors: [tensor('x', 1), tensor('y', 3, 10), tensor('z', 1)] },
      undefined,
    ],
    [
      'that counts more inputs than it has',
      asked({ returnInputs: true }),
      known,
      { inputs: 2 },
      'fewer tensors',
    ],
    [
      'of a task, whose names are its own',
      asked({ input: { kind: 'task' } }),
      known,
      { tensors: [tensor('embedding', 5)] },
      undefined,
    ],
    [
      'of a model of which nothing is known any more',
      asked(),
      undefined,
      { tensors: [tensor('q', 1)] },
      undefined,
    ],
  ])('%s', (_what, ask, model, result, fault) => {
    const found = beyondAgreed(ask, model, { t: 'result', id: 1, timing, inputs: 0, tensors: [], ...result })
    if (fault === undefined) expect(found).toBeUndefined()
    else expect(found).toContain(fault)
  })
})

it.each<[string, Partial<Part>, string | undefined]>([
  ['text', { json: { token: 7, text: ' fox' } }, undefined],
  ['nothing', {}, undefined],
  ['tensors', { tensors: [tensor('y', 1)] }, 'has tensors'],
  ['more text than a token has', { json: { text: 'x'.repeat(17_000) } }, 'the limit is 16384'],
])('A part that adds %s is looked over', (_what, part, fault) => {
  const found = partBeyondAgreed({ t: 'part', id: 1, seq: 0, tensors: [], ...part })
  if (fault === undefined) expect(found).toBeUndefined()
  else expect(found).toContain(fault)
})

describe('An answer', () => {
  const open = () => {
    const requests = new Requests('c', (_message: HostMessage) => {})
    const ask = (agree?: AskOptions['agree']) => {
      let id = 0
      const answered = requests.ask<Result>(
        1,
        'c/1',
        fresh => {
          id = fresh
          return {
            t: 'run',
            id,
            lane: 1,
            model: 'm',
            input: { kind: 'tensors' },
            deadlineMs: 1e6,
            tensors: [],
          }
        },
        { deadlineMs: 1e6, agree },
      )
      answered.catch(() => {})
      return id
    }
    const answer = (id: number) => requests.answer({ t: 'result', id, timing, inputs: 0, tensors: [] })?.code
    return { requests, ask, answer }
  }

  it('to a request that was never made is unasked, a second one repeated, one of another kind beyond', () => {
    const { requests, ask, answer } = open()
    const id = ask()
    expect(answer(id + 1)).toBe('AnswerUnasked')
    expect(requests.answer({ t: 'unloaded', id })?.code).toBe('AnswerBeyondAgreed')
    expect(answer(id)).toBeUndefined()
    expect(answer(id)).toBe('AnswerRepeated')
    expect(answer(ask(() => 'too much'))).toBe('AnswerBeyondAgreed')
    expect(requests.stray).toEqual({ late: 0, unknown: 4 })
  })

  it('that crosses the loss of its lane, or of its socket, is late and nobody is at fault; once', () => {
    const { requests, ask, answer } = open()
    const first = ask()
    requests.failLane(1, new LaneLost({ lane: 'c/1', reason: 'closed' }))
    expect([answer(first), answer(first)]).toEqual([undefined, 'AnswerRepeated'])
    const second = ask()
    requests.failAll('the socket closed')
    const next = open()
    next.requests.continueAfter(requests)
    expect([next.answer(second), next.answer(second)]).toEqual([undefined, 'AnswerRepeated'])
  })
})

describe('Frames that nobody asked for', () => {
  it('are taken at their pace and in bursts, and are a flood beyond', () => {
    const frames = new UnaskedFrames(0)
    const taken = (from: number, count: number) =>
      Array.from({ length: count }, () => frames.allows(from)).filter(Boolean).length
    expect(taken(0, 20 * unaskedPerSecond)).toBe(20 * unaskedPerSecond)
    expect(frames.allows(0)).toBe(false)
    expect(taken(1_000, 2 * unaskedPerSecond)).toBeLessThanOrEqual(unaskedPerSecond)
  })
})

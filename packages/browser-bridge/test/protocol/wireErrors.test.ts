import { describe, expect, it } from 'vitest'
import {
  checkWireError,
  fromWireError,
  isRetryable,
  LaneError,
  shortened,
  toWireError,
  type WireError,
} from '../../src/protocol/wireErrors.ts'

/** As a header brings it. */
const crossed = (thrown: unknown) => {
  const wire = JSON.parse(JSON.stringify(toWireError(thrown))) as WireError
  expect(checkWireError(wire)).toBeUndefined()
  return fromWireError(wire)
}

describe('an error that crosses the wire', () => {
  it('keeps its code, its message and the stack of where it was thrown', () => {
    const wire = toWireError(new LaneError('WrongInput', "m: input 'x' is missing"))
    expect(wire).toMatchObject({ code: 'WrongInput', message: "m: input 'x' is missing" })
    expect(wire.stack).toContain('wireErrors.test.ts')
    expect(checkWireError(wire)).toBeUndefined()
  })

  it('says its message first in its stack, also where the browser leaves it out of stacks', () => {
    const thrown = Object.assign(new LaneError('OutOfMemory', 'no room'), {
      stack: 'run@http://host/lane.js:1:2',
    })
    expect(toWireError(thrown).stack).toBe('LaneError: no room\nrun@http://host/lane.js:1:2')
  })

  it('is EngineFailed where nobody gave it a code', () => {
    expect(toWireError(new TypeError('x is not a function'))).toMatchObject({
      code: 'EngineFailed',
      message: 'x is not a function',
    })
    expect(toWireError(42)).toEqual({ code: 'EngineFailed', message: '42' })
  })

  it('is cut to a size that fits a header', () => {
    const wire = toWireError(new LaneError('EngineFailed', 'x'.repeat(1_000_000)))
    expect(wire.message.length).toBeLessThan(9000)
  })

  it('comes out as it went in: code, message, stack, and what caused it, to the end of the chain', () => {
    const deepest = new RangeError('memory access out of bounds')
    const thrown = new LaneError('OutOfMemory', 'm could not be run', {
      cause: new TypeError('no', { cause: deepest }),
    })
    const error = crossed(thrown)
    expect([error.code, error.message]).toEqual([thrown.code, thrown.message])
    expect(error.stack).toBe(thrown.stack)
    const [first, second] = [error.cause as Error, (error.cause as Error).cause as Error]
    expect([first.name, first.message, second.name, second.message, second.cause]).toEqual([
      'TypeError',
      'no',
      'RangeError',
      deepest.message,
      undefined,
    ])
    expect(second.stack).toContain('wireErrors.test.ts')
  })

  it('has at most four causes, each cut, also where the chain has no end or ends in no error', () => {
    const loop = new Error('y'.repeat(9_000))
    loop.cause = loop
    const { causes = [] } = toWireError(loop)
    expect(causes).toHaveLength(4)
    expect(JSON.stringify(causes).length).toBeLessThan(4 * 4_500)
    expect(crossed(new Error('a', { cause: 'a string' })).cause).toMatchObject({ message: 'a string' })
  })

  it('gives up its causes first, then its stack, then its words, where it must be shorter', () => {
    const steps: WireError[] = []
    for (
      let next: WireError | undefined = toWireError(new Error('abcd', { cause: new Error('b') }));
      next !== undefined;
      next = shortened(next)
    ) {
      steps.push(next)
    }
    expect(
      steps.map(({ message, stack, causes }) => [message, stack !== undefined, causes !== undefined]),
    ).toEqual([
      ['abcd', true, true],
      ['abcd', true, false],
      ['abcd', false, false],
      ['a…', false, false],
      ['…', false, false],
    ])
  })

  it('may be tried again only where another lane could do better', () => {
    expect(
      ['OutOfMemory', 'DeviceLost', 'LaneGone', 'ModelNotLoaded'].map(code =>
        isRetryable(code as 'LaneGone'),
      ),
    ).toEqual([true, true, true, true])
    expect(
      ['WrongInput', 'ModelInvalid', 'UnknownTask', 'Cancelled'].map(code => isRetryable(code as 'LaneGone')),
    ).toEqual([false, false, false, false])
  })
})

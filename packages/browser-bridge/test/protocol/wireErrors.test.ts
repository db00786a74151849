import { describe, expect, it } from 'vitest'
import { checkWireError, isRetryable, LaneError, toWireError } from '../../src/protocol/wireErrors.ts'

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

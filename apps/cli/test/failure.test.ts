import { InvalidInput, PoolClosed } from '@shoal/pool'
import { describe, expect, it } from 'vitest'
import { exitCodeOf, lineOf } from '../src/failure.ts'
import { Interrupted } from '../src/interrupt.ts'

describe('exitCodeOf', () => {
  it('is 2 for what the caller can mend', () => {
    expect(exitCodeOf(new InvalidInput({ model: 'm', message: 'takes text' }))).toBe(2)
  })

  it('is 2 for an input that every lane refuses', () => {
    expect(
      exitCodeOf(Object.assign(new Error('expected float32'), { _tag: 'RemoteFailed', code: 'WrongInput' })),
    ).toBe(2)
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('is, for a run that %s stopped, %d', (by, code) => {
    expect(exitCodeOf(new Interrupted({ by }))).toBe(code)
  })

  it('is 1 for the rest', () => {
    expect(exitCodeOf(new PoolClosed({ message: 'closed' }))).toBe(1)
    expect(exitCodeOf(new TypeError('a defect'))).toBe(1)
  })
})

describe('lineOf', () => {
  it('is one line for an error that has a tag', () => {
    expect(lineOf(new InvalidInput({ model: 'm', message: 'takes\n  text' }))).toBe('takes text')
  })

  it('keeps the stack of a defect', () => {
    expect(lineOf(new TypeError('a defect'))).toMatch(/failure\.test\.ts/)
  })
})

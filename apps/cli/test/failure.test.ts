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

  it('is 130 for Ctrl-C, and 1 for the rest', () => {
    expect(exitCodeOf(new Interrupted({ message: 'SIGINT' }))).toBe(130)
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

import { describe, expect, it } from 'vitest'
import { nextConnection } from '../../src/fleet/nextConnection.ts'

const kinds = ['chromium', 'firefox'] as const

describe('nextConnection', () => {
  it('starts the first browser of the kind preferred', () => {
    expect(nextConnection([], kinds, 4)).toEqual({ _tag: 'browser', kind: 'chromium' })
  })

  it('puts the second connection into a browser of another kind', () => {
    expect(nextConnection([{ id: 'a', kind: 'chromium', pages: 1 }], kinds, 4)).toEqual({
      _tag: 'browser',
      kind: 'firefox',
    })
  })

  it('puts the second connection into a second browser even where there is only one kind', () => {
    expect(nextConnection([{ id: 'a', kind: 'chromium', pages: 1 }], ['chromium'], 4)).toEqual({
      _tag: 'browser',
      kind: 'chromium',
    })
  })

  it('adds pages from the third on, in the browser with the fewest', () => {
    const running = [
      { id: 'a', kind: 'chromium', pages: 2 },
      { id: 'b', kind: 'firefox', pages: 1 },
    ] as const
    expect(nextConnection(running, kinds, 4)).toEqual({ _tag: 'page', browser: 'b' })
  })

  it('starts another browser once every one is full', () => {
    const running = [
      { id: 'a', kind: 'chromium', pages: 1 },
      { id: 'b', kind: 'firefox', pages: 1 },
    ] as const
    expect(nextConnection(running, kinds, 1)).toEqual({ _tag: 'browser', kind: 'chromium' })
  })

  it('says so where nothing can be launched', () => {
    expect(nextConnection([], [], 4)._tag).toBe('none')
  })
})

import { describe, expect, it } from 'vitest'
import { type RetirableConnection, retire } from '../../src/fleet/retire.ts'

const connection = (id: string, browser: string, running = 0, startedAt = 0): RetirableConnection => ({
  id,
  browser,
  running,
  startedAt,
  isSpare: false,
})

const spare = (id: string): RetirableConnection => ({ ...connection(id, id), isSpare: true })

describe('retire', () => {
  it('takes a page of the browser that has most, before the last page of another', () => {
    expect(retire([connection('a1', 'a', 3), connection('a2', 'a', 2), connection('b1', 'b', 0)])?.id).toBe(
      'a2',
    )
  })

  it('takes the one with the least to do, and of equals the youngest', () => {
    expect(retire([connection('a', 'a', 1), connection('b', 'b', 0)])?.id).toBe('b')
    expect(retire([connection('a', 'a', 0, 10), connection('b', 'b', 0, 20)])?.id).toBe('b')
  })

  it('takes the spare only when one other is left', () => {
    expect(retire([connection('a', 'a', 2), connection('b', 'b', 2), spare('s')])?.id).toBe('a')
    expect(retire([connection('a', 'a', 2), spare('s')])?.id).toBe('s')
    expect(retire([spare('s')])?.id).toBe('s')
  })

  it('takes none where there is none', () => {
    expect(retire([])).toBeUndefined()
  })
})

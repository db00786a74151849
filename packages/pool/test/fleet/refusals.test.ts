import { describe, expect, it } from 'vitest'
import { refusals } from '../../src/fleet/refusals.ts'

const kinds: Readonly<Record<string, string>> = { 'a.1': 'chromium', 'b.1': 'chromium', 'c.1': 'firefox' }
const kindOf = (connection: string) => kinds[connection]
const [ready, refused, loading] = [{ _tag: 'ready' }, { _tag: 'refused' }, { _tag: 'loading' }] as const

describe('a connection that refuses a model', () => {
  it('is to blame where another of its kind of browser holds it', () => {
    const models = [{ name: 'bert', replicas: { 'a.1': refused, 'b.1': ready } }]
    expect([...refusals(models, kindOf)]).toEqual([['a.1', 'bert']])
  })

  it.each([
    ['another kind holds it: this one may not be able to', { 'a.1': refused, 'c.1': ready }],
    ['nobody holds it: the model may be to blame', { 'a.1': refused, 'b.1': refused }],
    ['the others only load it yet', { 'a.1': refused, 'b.1': loading }],
    ['it is a device that joined', { 'device-1': refused, 'b.1': ready }],
  ])('is not where %s', (_why, replicas) => {
    expect(refusals([{ name: 'bert', replicas }], kindOf).size).toBe(0)
  })
})

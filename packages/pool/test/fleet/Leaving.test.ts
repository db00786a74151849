import { describe, expect, it } from 'vitest'
import { Leaving } from '../../src/fleet/Leaving.ts'

describe('a connection that is to go', () => {
  it('goes, and cannot stay any more from then on', () => {
    const leaving = new Leaving()
    expect([leaving.goes(), leaving.callOff(), leaving.goes()]).toEqual([true, false, true])
  })

  it('stays where that is said while it drains, once', async () => {
    const leaving = new Leaving()
    expect([leaving.callOff(), leaving.goes(), leaving.callOff()]).toEqual([true, false, false])
    await leaving.stays
  })
})

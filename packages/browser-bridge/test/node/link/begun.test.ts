// What a request hears when its lane or its connection is lost: whether the lane was at it.
import { describe, expect, it } from 'vitest'
import { LaneHung, LaneLost } from '../../../src/errors.ts'
import { begunOf, openRequests as open, result } from '../../rig/openRequests.ts'

describe('A request whose lane is lost', () => {
  const crashed = new LaneLost({ lane: 'c/1', reason: 'crashed' })

  it('had begun where the lane had said so, and only waited where it was another that had', async () => {
    const { requests, ask } = open()
    const asked = [ask(), ask(), ask()] as const
    requests.begin(asked[1].id)
    requests.failLane(1, crashed)
    expect(await begunOf(asked)).toEqual([false, true, false])
  })

  it('is taken to have begun where the lane has said nothing and nothing is unanswered before it', async () => {
    const { requests, ask } = open()
    const asked = [ask(), ask(), ask()] as const
    requests.begin(asked[0].id)
    requests.answer(result(asked[0].id))
    requests.failLane(1, crashed)
    expect(await begunOf(asked.slice(1))).toEqual([true, false])
  })

  it('only waited where the lane was at one whose caller had gone', async () => {
    const { requests, ask } = open()
    const left = new AbortController()
    const asked = [ask({ signal: left.signal }), ask()]
    left.abort()
    const { lane } = crashed
    requests.failLane(1, new LaneHung({ lane, afterMs: 9, limit: 'deadline', limitMs: 8 }))
    expect(await begunOf(asked)).toEqual([undefined, false])
    await expect(asked[1]?.answered).rejects.toMatchObject({ _tag: 'LaneHung', lane, limitMs: 8 })
  })

  it('only waited where the lane was at what a dropped socket had left it', async () => {
    const former = open()
    const old = former.ask()
    former.requests.failAll('the socket closed')
    const { requests, ask } = open()
    requests.continueAfter(former.requests)
    const asked = [ask()]
    requests.begin(old.id)
    requests.failLane(1, crashed)
    expect(await begunOf([old, ...asked])).toEqual([true, false])
  })

  it('had begun on each lane of a lost connection that was at something; what is asked later never does', async () => {
    const { requests, ask } = open()
    const asked = [ask(), ask(), ask({ lane: 2 }), ask({ lane: 2 })] as const
    requests.begin(asked[3].id)
    requests.failAll('the socket closed')
    expect(await begunOf([...asked, ask()])).toEqual([true, false, false, true, false])
  })
})

// Correlation, deadlines and cancellation, with time in hand.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  ConnectionLost,
  DeadlineExceeded,
  LaneLost,
  RemoteFailed,
  RequestCancelled,
} from '../../../src/errors.ts'
import { Deadlines } from '../../../src/node/link/Deadlines.ts'
import { Requests } from '../../../src/node/link/Requests.ts'
import { FrameError } from '../../../src/protocol/frameError.ts'
import { begunOf, openRequests as open, result } from '../../rig/openRequests.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('A request', () => {
  it('gets its own answer, in whatever order they come', async () => {
    const { requests, ask } = open()
    const [first, second] = [ask(), ask()]
    requests.answer(result(second.id))
    requests.answer(result(first.id))
    expect((await first.answered).id).toBe(first.id)
    expect((await second.answered).id).toBe(second.id)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that fails in the page says what the page says', async () => {
    const { requests, ask } = open()
    const { id, answered } = ask()
    requests.answer({
      t: 'failed',
      id,
      retryable: true,
      error: { code: 'OutOfMemory', message: 'full', stack: 's' },
    })
    const error = await answered.catch(caught => caught)
    expect(error).toBeInstanceOf(RemoteFailed)
    expect(error).toMatchObject({ code: 'OutOfMemory', reason: 'full', remoteStack: 's', mayRunAgain: true })
  })

  it('that fails in the page may be run again as its code says, whatever the page says', async () => {
    const { requests, ask } = open()
    const { id, answered } = ask()
    requests.answer({ t: 'failed', id, retryable: false, error: { code: 'OutOfMemory', message: 'full' } })
    await expect(answered).rejects.toMatchObject({ mayRunAgain: true })
  })

  it('past its deadline ends, is cancelled in the page, and holds its lane until that answers', async () => {
    const { requests, ask, sent } = open()
    const { id, answered } = ask({ deadlineMs: 500 })
    await vi.advanceTimersByTimeAsync(499)
    expect(requests.inFlight(1)).toBe(1)
    await vi.advanceTimersByTimeAsync(20)
    await expect(answered).rejects.toBeInstanceOf(DeadlineExceeded)
    expect(sent.at(-1)).toEqual({ t: 'cancel', id, lane: 1 })
    expect(requests.inFlight(1)).toBe(1)
    requests.answer(result(id))
    expect(requests.inFlight(1)).toBe(0)
    expect(requests.stray).toEqual({ late: 1, unknown: 0 })
  })

  it('whose caller aborts ends at once; one that is aborted before is never sent', async () => {
    const { ask, sent } = open()
    const abort = new AbortController()
    const { answered } = ask({ signal: abort.signal })
    abort.abort()
    await expect(answered).rejects.toBeInstanceOf(RequestCancelled)
    await expect(ask({ signal: abort.signal }).answered).rejects.toBeInstanceOf(RequestCancelled)
    expect(sent.map(({ t }) => t)).toEqual(['run', 'cancel'])
  })

  it('of a lane that ends ends with it, typed; other lanes go on', async () => {
    const { requests, ask } = open()
    const [mine, other] = [ask({ lane: 1 }), ask({ lane: 2 })]
    requests.failLane(1, new LaneLost({ lane: 'c/1', reason: 'crashed' }))
    await expect(mine.answered).rejects.toMatchObject({ _tag: 'LaneLost', mayRunAgain: true })
    requests.answer(result(other.id))
    expect((await other.answered).id).toBe(other.id)
  })

  it('of a lost connection ends with it, and so does every later one; no timer is left', async () => {
    const { requests, ask } = open()
    const { answered } = ask()
    requests.failAll('the socket closed')
    await expect(answered).rejects.toMatchObject({ _tag: 'ConnectionLost', mayRunAgain: true })
    await expect(ask().answered).rejects.toBeInstanceOf(ConnectionLost)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('expects its answer, its parts while somebody reads them, and to hear once that it has begun', async () => {
    const { requests, ask } = open()
    const left = new AbortController()
    const { id, answered } = ask({ signal: left.signal, onPart: () => undefined })
    const part = { t: 'part', id, seq: 0, tensors: [] } as const
    const seen = () => [requests.expects({ t: 'begin', id }), requests.expects(part)]
    expect([seen(), seen()]).toEqual([
      [true, true],
      [false, true],
    ])
    left.abort()
    await expect(answered).rejects.toBeInstanceOf(RequestCancelled)
    expect(seen()).toEqual([false, false])
    expect(requests.expects({ t: 'begin', id: 4711 })).toBe(false)
    expect(requests.expects(result(id))).toBe(true)
    expect(requests.expects({ t: 'beat', mainAgeMs: 0 })).toBe(false)
  })

  it('whose onProgress throws goes on without it: the fault is its caller’s, and is said', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { requests, ask } = open()
    let told = 0
    const { id, answered } = ask({
      onProgress: () => {
        told++
        throw new TypeError('no such file')
      },
    })
    for (let n = 0; n < 3; n++) requests.progress({ t: 'progress', id, file: 'f', loaded: n, total: 3 })
    requests.answer(result(id))
    expect((await answered).id).toBe(id)
    expect([told, warned.mock.calls.length]).toEqual([1, 1])
    const [said] = warned.mock.calls[0] ?? []
    expect(said).toMatchObject({
      message: expect.stringMatching(/onProgress of "run m" threw.*no such file$/),
    })
    warned.mockRestore()
  })

  it('that cannot even be written ends at once with what was wrong, and leaves no trace', async () => {
    const requests = new Requests('c', () => {
      throw new TypeError('not iterable')
    })
    const question = (id: number) => ({ t: 'unload', id, lane: 1, model: 'm' }) as const
    const asked = requests.ask(1, 'c/1', question, { deadlineMs: 1_000 })
    await expect(asked).rejects.toBeInstanceOf(TypeError)
    expect([requests.size, requests.inFlight(1), vi.getTimerCount()]).toEqual([0, 0, 0])
  })

  it('that is beyond the limits is refused here and leaves no trace', async () => {
    const requests = new Requests('c', () => {
      throw new FrameError('FrameTooLarge', '9 bytes, the limit is 8')
    })
    const asked = requests.ask(1, 'c/1', id => ({ t: 'unload', id, lane: 1, model: 'm' }), {
      deadlineMs: 1_000,
    })
    await expect(asked).rejects.toMatchObject({ _tag: 'RequestRefused', code: 'FrameTooLarge' })
    expect(requests.size).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is answered only by what it asked for', async () => {
    const { requests, ask } = open()
    const { id, answered } = ask()
    requests.answer({ t: 'unloaded', id })
    expect(requests.stray.unknown).toBe(1)
    requests.answer(result(id))
    expect((await answered).t).toBe('result')
  })
})

describe('Requests', () => {
  it('are drained when the last one is answered, the abandoned one included, and at once when there is none', async () => {
    const { requests, ask } = open()
    await requests.drained
    const abort = new AbortController()
    const [first, second] = [ask(), ask({ signal: abort.signal })]
    let drained = false
    const waited = requests.drained.then(() => {
      drained = true
    })
    abort.abort()
    requests.answer(result(first.id))
    await first.answered
    expect(drained).toBe(false)
    requests.answer(result(second.id))
    await waited
  })

  it('are drained when their connection is lost', async () => {
    const { requests, ask } = open()
    ask()
    const { drained } = requests
    requests.failAll('the socket closed')
    await drained
  })
})

describe('Deadlines', () => {
  it('share one timer, pass in order, never early and at most a grain late', async () => {
    const deadlines = new Deadlines()
    const passed: number[] = []
    for (const ms of [300, 20, 100, 20]) deadlines.after(ms, () => passed.push(ms))
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(19)
    expect(passed).toEqual([])
    await vi.advanceTimersByTimeAsync(12)
    expect(passed).toEqual([20, 20])
    await vi.advanceTimersByTimeAsync(300)
    expect(passed).toEqual([20, 20, 100, 300])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that are cancelled do not pass, and the last one takes the timer along', async () => {
    const deadlines = new Deadlines()
    const passed: string[] = []
    const first = deadlines.after(10, () => passed.push('first'))
    const second = deadlines.after(50, () => passed.push('second'))
    first.cancel()
    await vi.advanceTimersByTimeAsync(30)
    second.cancel()
    expect([passed, vi.getTimerCount(), deadlines.size]).toEqual([[], 0, 0])
  })
})

describe('A streamed request', () => {
  const part = (id: number, seq: number) => ({ t: 'part', id, seq, tensors: [] }) as const

  it('hands its parts on, and tells the page of room for more until it has ended', () => {
    const { requests, ask, sent } = open()
    const seen: number[] = []
    const { id } = ask({
      onPart: ({ seq }) => {
        seen.push(seq)
        return undefined
      },
    })
    requests.part(part(id, 0))
    requests.more(id, 3)
    requests.answer(result(id))
    requests.more(id, 3)
    requests.part(part(id, 1))
    expect(seen).toEqual([0])
    expect(sent.filter(({ t }) => t === 'more')).toEqual([{ t: 'more', id, lane: 1, parts: 3 }])
    expect(requests.stray).toEqual({ late: 0, unknown: 1 })
  })

  it('ends with a failure that may be run again where a part is not the one that is due', async () => {
    const { requests, ask, sent } = open()
    const { id, answered } = ask({ onPart: ({ seq }) => (seq === 0 ? undefined : 'part 5 came') })
    requests.part(part(id, 5))
    await expect(answered).rejects.toMatchObject({ _tag: 'RemoteFailed', mayRunAgain: true })
    requests.part(part(id, 1))
    expect(sent.at(-1)).toMatchObject({ t: 'cancel', id })
    expect(requests.stray).toEqual({ late: 1, unknown: 0 })
  })

  it('counts parts of a request that wanted none', () => {
    const { requests, ask } = open()
    requests.part(part(ask().id, 0))
    expect(requests.stray).toEqual({ late: 0, unknown: 1 })
  })
})

describe('A request that was given up', () => {
  const stuck = (ended: string[]) => ({ afterMs: 500, end: () => ended.push('terminated') })

  it('has its lane terminated where the lane does not end it in time', async () => {
    const { ask } = open()
    const ended: string[] = []
    const controller = new AbortController()
    const { answered } = ask({ signal: controller.signal, stuck: stuck(ended) })
    controller.abort()
    await expect(answered).rejects.toBeInstanceOf(RequestCancelled)
    await vi.advanceTimersByTimeAsync(490)
    expect(ended).toEqual([])
    await vi.advanceTimersByTimeAsync(30)
    expect(ended).toEqual(['terminated'])
  })

  it('is not what its lane is ended for while the lane is at something before it, and then has all of its time', async () => {
    const { requests, ask } = open()
    const ended: string[] = []
    const controller = new AbortController()
    const before = ask({ deadlineMs: 60_000 })
    const given = ask({ signal: controller.signal, stuck: stuck(ended) })
    controller.abort()
    await vi.advanceTimersByTimeAsync(5_250)
    requests.answer(result(before.id))
    requests.begin(given.id)
    await vi.advanceTimersByTimeAsync(500)
    expect(ended).toEqual([])
    await vi.advanceTimersByTimeAsync(600)
    expect(ended).toEqual(['terminated'])
  })

  it('is what its lane is ended for though others wait behind it, who are told that they had not begun', async () => {
    const { requests, ask } = open()
    const controller = new AbortController()
    const gone = new LaneLost({ lane: 'c/1', reason: 'it was terminated' })
    const given = ask({
      signal: controller.signal,
      stuck: { afterMs: 500, end: () => requests.failLane(1, gone) },
    })
    const behind = [ask({ deadlineMs: 60_000 }), ask({ deadlineMs: 60_000 })]
    controller.abort()
    await expect(given.answered).rejects.toBeInstanceOf(RequestCancelled)
    await vi.advanceTimersByTimeAsync(520)
    expect(await begunOf(behind)).toEqual([false, false])
  })

  it('has what came while the host stood still heard first, and its lane terminated where that was nothing', async () => {
    for (const answers of [true, false]) {
      const { requests, ask } = open()
      const ended: string[] = []
      const controller = new AbortController()
      const { id, answered } = ask({ signal: controller.signal, stuck: stuck(ended) })
      controller.abort()
      await expect(answered).rejects.toBeInstanceOf(RequestCancelled)
      // Timers see the time that has gone; what lies in the socket is read after them.
      const now = performance.now.bind(performance)
      const stood = vi.spyOn(performance, 'now').mockImplementation(() => now() + 12_000)
      await vi.advanceTimersByTimeAsync(510)
      expect(ended).toEqual([])
      if (answers) requests.answer(result(id))
      await vi.advanceTimersByTimeAsync(1_000)
      expect(ended).toEqual(answers ? [] : ['terminated'])
      stood.mockRestore()
    }
  })

  it('has its lane terminated also by a host whose timers are always late', async () => {
    const { ask } = open()
    const ended: string[] = []
    const { answered } = ask({ deadlineMs: 100, stuck: stuck(ended) })
    const now = performance.now.bind(performance)
    await vi.advanceTimersByTimeAsync(110)
    await expect(answered).rejects.toBeInstanceOf(DeadlineExceeded)
    let looks = 0
    const late = vi.spyOn(performance, 'now').mockImplementation(() => now() + 1_000 * looks++)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(ended).toEqual(['terminated'])
    late.mockRestore()
  })

  it('leaves its lane alone where the lane ends it, or where nobody said that it must', async () => {
    const { requests, ask } = open()
    const ended: string[] = []
    const kept = ask({ deadlineMs: 100, stuck: stuck(ended) })
    const free = ask({ deadlineMs: 100 })
    await vi.advanceTimersByTimeAsync(200)
    await expect(free.answered).rejects.toBeInstanceOf(DeadlineExceeded)
    requests.answer(result(kept.id))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(ended).toEqual([])
  })
})

describe('A request that has not left whole', () => {
  it('is taken back when its caller goes: the lane is free at once, and hears nothing of it', async () => {
    const asked: number[] = []
    const { requests, ask, sent } = open((_lane, id) => asked.push(id) > 0)
    const controller = new AbortController()
    const { id, answered } = ask({ signal: controller.signal })
    controller.abort()
    await expect(answered).rejects.toBeInstanceOf(RequestCancelled)
    expect([asked, requests.size, requests.inFlight(1)]).toEqual([[id], 0, 0])
    expect(sent.map(({ t }) => t)).toEqual(['run'])
    await requests.drained
  })

  it('is taken back at its deadline too', async () => {
    const { requests, ask } = open(() => true)
    const { answered } = ask({ deadlineMs: 100 })
    await vi.advanceTimersByTimeAsync(200)
    await expect(answered).rejects.toBeInstanceOf(DeadlineExceeded)
    expect(requests.size).toBe(0)
  })
})

describe('A failure in the page', () => {
  it('comes with the error as it was thrown there, and with what caused it', async () => {
    const { requests, ask } = open()
    const { id, answered } = ask()
    const causes = [
      { name: 'RangeError', message: 'memory access out of bounds', stack: 'RangeError at lane.js' },
    ]
    const error = {
      code: 'OutOfMemory',
      message: 'm could not be run',
      stack: 'LaneError at x',
      causes,
    } as const
    requests.answer({ t: 'failed', id, error, retryable: true })
    await expect(answered).rejects.toMatchObject({
      _tag: 'RemoteFailed',
      code: 'OutOfMemory',
      mayRunAgain: true,
      cause: { name: 'LaneError', stack: 'LaneError at x', cause: causes[0] },
    })
  })
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type Arrival,
  type Grant,
  Residency,
  type ResidencyOptions,
  type RestReason,
  type Stay,
} from '../../src/model/Residency.ts'

beforeEach(() => void vi.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

function roomOf(over: Partial<ResidencyOptions> = {}) {
  const residency = new Residency({
    now: () => performance.now(),
    ceilings: { perPage: 100, total: Number.POSITIVE_INFINITY },
    idleUnloadMs: undefined,
    pressureShare: 0.8,
    ...over,
  })
  const left: string[] = []
  const arrivalOf = (model: string, pages: readonly string[] = ['p'], bytes = 50): Arrival => ({
    model,
    places: () => pages.map(page => ({ page, bytes })),
    leave: async (page: string, why: RestReason) => void left.push(`${model} from ${page}: ${why}`),
  })
  const come = (model: string, pages?: readonly string[], bytes?: number): Promise<Grant> =>
    residency.need(arrivalOf(model, pages, bytes), new AbortController().signal)
  const settle = async (model: string, pages?: readonly string[], turnMs = 1000): Promise<Stay> => {
    const grant = await come(model, pages)
    if (grant._tag !== 'granted') throw new Error(`${model}: ${grant._tag}`)
    grant.stay.settle(50, turnMs)
    return grant.stay
  }
  return { residency, left, arrivalOf, come, settle }
}

const isPending = async (promise: Promise<unknown>): Promise<boolean> => {
  const pending = {}
  for (let count = 0; count < 20; count++) await Promise.resolve()
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending
}

describe('room for models', () => {
  it('is made by the least recently used, before the newcomer is let in', async () => {
    const { settle, left, residency } = roomOf()
    await settle('a')
    vi.advanceTimersByTime(10)
    await settle('b')
    residency.began('a')
    residency.ended('a')
    vi.advanceTimersByTime(10)
    residency.began('b')
    residency.ended('b')
    await settle('c')
    expect(left).toEqual(['a from p: room for others'])
    expect(residency.list().map(({ model }) => model)).toEqual(['b', 'c'])
  })

  it('is not made by a model in use until its turn is over, and then is', async () => {
    const { settle, come, left, residency } = roomOf()
    for (const model of ['a', 'b']) {
      residency.began(model)
      await settle(model, ['p'], model === 'a' ? 5000 : 3000)
    }
    const coming = come('c')
    expect(await isPending(coming)).toBe(true)
    await vi.advanceTimersByTimeAsync(3000)
    expect(await coming).toMatchObject({ _tag: 'granted' })
    expect(left).toEqual(['b from p: room for others'])
  })

  it('is made as soon as a model is used no more', async () => {
    const { settle, come, residency } = roomOf()
    for (const model of ['a', 'b']) {
      residency.began(model)
      await settle(model)
    }
    const coming = come('c')
    expect(await isPending(coming)).toBe(true)
    residency.ended('a')
    expect(await coming).toMatchObject({ _tag: 'granted' })
  })

  it('is taken on the page where nobody has to go', async () => {
    const { settle, come, left } = roomOf()
    await settle('a', ['p'])
    await settle('b', ['p'])
    await settle('c', ['q'])
    expect(await come('d', ['p', 'q'])).toMatchObject({ stay: { page: 'q' } })
    expect(left).toEqual([])
  })

  it('is not granted before one that was leaving already has left, where its room is needed too', async () => {
    const { residency, come, settle, arrivalOf } = roomOf({ idleUnloadMs: 100 })
    const leaving = Promise.withResolvers<void>()
    const first = await residency.need(
      { ...arrivalOf('a'), leave: () => leaving.promise },
      new AbortController().signal,
    )
    if (first._tag === 'granted') first.stay.settle(50, 0)
    residency.began('b')
    await settle('b', ['p'], 50)
    await vi.advanceTimersByTimeAsync(100)
    expect(residency.list().map(({ state }) => state)).toEqual(['leaving', 'here'])
    const coming = come('c', ['p'], 70)
    expect(await isPending(coming)).toBe(true)
    leaving.resolve()
    expect(await coming).toMatchObject({ _tag: 'granted' })
    expect(residency.list().map(({ model }) => model)).toEqual(['c'])
  })

  it('on a page that dies while it is made is not room on the one that comes back under its name', async () => {
    const { residency, settle, arrivalOf } = roomOf()
    await settle('b')
    const leaving = Promise.withResolvers<void>()
    const first = await residency.need(
      { ...arrivalOf('a'), leave: () => leaving.promise },
      new AbortController().signal,
    )
    if (first._tag === 'granted') first.stay.settle(50, 0)
    vi.advanceTimersByTime(1)
    residency.began('b')
    const coming = residency.need(arrivalOf('c'), new AbortController().signal)
    residency.pageGone('p')
    leaving.resolve()
    const grant = await coming
    expect(grant).toMatchObject({ _tag: 'granted', stay: { isHeld: true } })
    expect(residency.list().map(({ model }) => model)).toEqual(['c'])
  })

  it('is given up by who does not wait any more', async () => {
    const { residency, settle, arrivalOf } = roomOf()
    for (const model of ['a', 'b']) {
      residency.began(model)
      await settle(model)
    }
    const abort = new AbortController()
    const coming = residency.need(arrivalOf('c'), abort.signal)
    abort.abort()
    expect(await coming).toEqual({ _tag: 'full' })
    residency.ended('a')
    expect(residency.list().map(({ model }) => model)).toEqual(['a', 'b'])
  })

  it('that was given up while it was made is room for others', async () => {
    const { residency, arrivalOf, come } = roomOf()
    const leaving = Promise.withResolvers<void>()
    const first = await residency.need(
      { ...arrivalOf('a', ['p'], 80), leave: () => leaving.promise },
      new AbortController().signal,
    )
    if (first._tag === 'granted') first.stay.settle(80, 0)
    const abort = new AbortController()
    const coming = residency.need(arrivalOf('b', ['p'], 80), abort.signal)
    abort.abort()
    expect(await coming).toEqual({ _tag: 'full' })
    leaving.resolve()
    expect(await come('c', ['p'], 80)).toMatchObject({ _tag: 'granted' })
    expect(residency.list().map(({ model }) => model)).toEqual(['c'])
  })

  it('is refused where a model is larger than all of it, in numbers', async () => {
    const { come } = roomOf()
    expect(await come('a', ['p'], 101)).toMatchObject({
      _tag: 'tooLarge',
      room: { ceiling: 'page', freeBytes: 100 },
    })
  })
})

describe('a model that nobody uses', () => {
  it('is unloaded after idleUnloadMs without a request, and not while one is open', async () => {
    const { residency, settle, left } = roomOf({ idleUnloadMs: 500 })
    await settle('a')
    await vi.advanceTimersByTimeAsync(400)
    residency.began('a')
    await vi.advanceTimersByTimeAsync(2000)
    expect(left).toEqual([])
    residency.ended('a')
    await vi.advanceTimersByTimeAsync(499)
    expect(left).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(left).toEqual(['a from p: unused'])
  })

  it('is woken by a request that comes while it is leaving', async () => {
    const { residency, arrivalOf } = roomOf({ idleUnloadMs: 500 })
    const leaving = Promise.withResolvers<void>()
    const woken: string[] = []
    residency.watch('a', wake => woken.push(wake))
    const grant = residency.spare({ ...arrivalOf('a'), leave: () => leaving.promise })
    if (grant._tag === 'granted') grant.stay.settle(50, 0)
    await vi.advanceTimersByTimeAsync(500)
    residency.began('a')
    expect(residency.list().map(({ state }) => state)).toEqual(['leaving'])
    leaving.resolve()
    await vi.advanceTimersByTimeAsync(0)
    expect(residency.list()).toEqual([])
    expect(woken.filter(wake => wake !== 'room')).toEqual(['first request', 'request'])
  })
})

describe('room that nobody waits for', () => {
  it('is told to whoever may use it', async () => {
    const { residency, settle } = roomOf()
    const stay = await settle('a')
    const woken: string[] = []
    residency.watch('b', wake => woken.push(wake))
    stay.end()
    expect(woken).toEqual(['room'])
  })

  it('is looked for again by one alone', async () => {
    const { residency, settle, arrivalOf } = roomOf()
    const looks: string[] = []
    const waits = (model: string) => {
      const arrival = arrivalOf(model, [])
      const places = () => {
        looks.push(model)
        return arrival.places()
      }
      void residency.need({ ...arrival, places }, new AbortController().signal)
    }
    await settle('a')
    for (const model of ['b', 'c', 'd']) waits(model)
    const woken: string[] = []
    residency.watch('a', wake => woken.push(wake))
    looks.length = 0
    residency.lookAgain('c')
    expect({ looks, woken }).toEqual({ looks: ['c'], woken: [] })
  })

  it('is not taken by a further copy while somebody waits for room', async () => {
    const { residency, settle, come, arrivalOf } = roomOf()
    for (const model of ['a', 'b']) {
      residency.began(model)
      await settle(model)
    }
    void come('waits for a page', [])
    expect(residency.spare(arrivalOf('d', ['q']))).toMatchObject({ _tag: 'granted' })
    void come('c', ['p'], 100)
    expect(residency.spare(arrivalOf('e', ['q']))).toEqual({ _tag: 'full' })
  })
})

describe('under memory pressure', () => {
  const tight = { usedBytes: 90, limitBytes: 100 }

  it('goes one model that was unused for ten seconds, then the next ten seconds later', async () => {
    const { residency, settle, left } = roomOf({ ceilings: { perPage: 1000, total: 1000 } })
    for (const model of ['a', 'b', 'c']) await settle(model)
    residency.began('b')
    residency.reading()(tight)
    expect(left).toEqual([])
    vi.advanceTimersByTime(10_000)
    residency.reading()(tight)
    residency.reading()(tight)
    expect(left).toEqual(['a from p: memory pressure'])
    vi.advanceTimersByTime(10_000)
    residency.reading()({ ...tight, usedBytes: 70 })
    residency.reading()(tight)
    expect(left).toEqual(['a from p: memory pressure', 'c from p: memory pressure'])
    vi.advanceTimersByTime(10_000)
    residency.reading()(tight)
    expect(left).toHaveLength(2)
  })

  it('is no new model let in beyond what the machine has left', async () => {
    const { residency, come } = roomOf()
    residency.reading()({ usedBytes: 60, limitBytes: 100 })
    expect(await come('a')).toMatchObject({ _tag: 'tooLarge', room: { ceiling: 'machine', freeBytes: 40 } })
  })

  it('is not given twice of what the machine had left, when what took it is there and memory not read since', async () => {
    const { residency, come } = roomOf({ ceilings: { perPage: 1000, total: Number.POSITIVE_INFINITY } })
    residency.reading()({ usedBytes: 0, limitBytes: 120 })
    const stayOf = async (grant: Promise<Grant>) => {
      const given = await grant
      if (given._tag !== 'granted') throw new Error(given._tag)
      return given.stay
    }
    const [a, b] = [await stayOf(come('a')), await stayOf(come('b'))]
    // Both are in use, so that nobody goes for the third.
    for (const model of ['a', 'b']) residency.began(model)
    const third = come('c')
    for (const stay of [a, b]) {
      stay.settle(50, 60_000)
      expect(await isPending(third)).toBe(true)
    }
    residency.reading()({ usedBytes: 100, limitBytes: 120 })
    expect(await isPending(third)).toBe(true)
    residency.reading()({ usedBytes: 100, limitBytes: 160 })
    expect(await third).toMatchObject({ _tag: 'granted' })
  })

  it('is not given again where what took it came while memory was being read, or an older reading ends last', async () => {
    const { residency, settle, come } = roomOf({ ceilings: { perPage: 1000, total: 1000 } })
    const read = residency.reading()
    residency.began('a')
    await settle('a', ['p'], 60_000)
    read({ usedBytes: 0, limitBytes: 90 })
    const second = come('b')
    expect(await isPending(second)).toBe(true)
    const [older, newer] = [residency.reading(), residency.reading()]
    newer({ usedBytes: 50, limitBytes: 90 })
    older({ usedBytes: 0, limitBytes: 120 })
    expect(await isPending(second)).toBe(true)
    residency.reading()({ usedBytes: 50, limitBytes: 120 })
    expect(await second).toMatchObject({ _tag: 'granted' })
  })

  it('is not refused for good by what came since the machine was read', async () => {
    const { residency, settle, come, left } = roomOf({ ceilings: { perPage: 1000, total: 1000 } })
    residency.reading()({ usedBytes: 0, limitBytes: 120 })
    await settle('a')
    expect(await come('b', ['p'], 110)).toMatchObject({ _tag: 'granted' })
    expect(left).toEqual(['a from p: room for others'])
  })
})

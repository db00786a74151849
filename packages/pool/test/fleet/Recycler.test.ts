// One page that is due, and what becomes of it, on a clock that the test alone moves.

import type { LiveConnection } from '@shoal/browser-bridge'
import { Effect } from 'effect'
import { TestClock } from 'effect/testing'
import { describe, expect, it } from 'vitest'
import { Fleet } from '../../src/fleet/Fleet.ts'
import { Recycler, type RecyclerOptions } from '../../src/fleet/Recycler.ts'

const browser = { id: 'chromium-1', kind: 'chromium', version: '1' } as const
const page = (id = 'a') => ({ id, trust: 'own' }) as unknown as LiveConnection

function recyclerOf(over: Partial<RecyclerOptions> = {}) {
  const heard: string[] = []
  const fleet = new Fleet(1)
  const recycler = new Recycler({
    rules: { afterRuns: 1 },
    fleet,
    now: () => 0,
    drain: async id => void heard.push(`drain ${id}`),
    resume: id => void heard.push(`resume ${id}`),
    weigh: async () => [],
    remedies: { next: () => undefined, taken: () => {} },
    recycle: ({ id }) => Effect.sync(() => void heard.push(`recycle ${id}`)),
    ...over,
  })
  fleet.up(page(), browser)
  recycler.answered('a')
  return { fleet, recycler, heard }
}

/** Runs it while `steps` are done, with virtual time. */
const running = (recycler: Recycler, steps: Effect.Effect<void>) =>
  Effect.runPromise(
    Effect.forkChild(recycler.run).pipe(Effect.andThen(steps), Effect.provide(TestClock.layer())),
  )

describe('a connection that is due', () => {
  it('is drained, then started anew, and gets work as another one', async () => {
    const { fleet, recycler, heard } = recyclerOf()
    await running(
      recycler,
      Effect.gen(function* () {
        yield* TestClock.adjust('1 second')
        fleet.up(page(), browser)
        yield* TestClock.adjust('2 minutes')
      }),
    )
    expect(heard).toEqual(['drain a', 'recycle a'])
  })

  it('gets work again where nothing became of it, as where its link was silent at that moment', async () => {
    const { recycler, heard } = recyclerOf()
    await running(
      recycler,
      Effect.gen(function* () {
        yield* TestClock.adjust('89 seconds')
        expect(heard).toEqual(['drain a', 'recycle a'])
        expect(recycler.isRenewing('a')).toBe(true)
        yield* TestClock.adjust('1 second')
      }),
    )
    expect(heard.slice(0, 3)).toEqual(['drain a', 'recycle a', 'resume a'])
  })

  it('gets no work while what it has takes longer than the drain, and is started anew after that', async () => {
    const { recycler, heard } = recyclerOf({ drain: () => new Promise(() => {}) })
    await running(
      recycler,
      Effect.gen(function* () {
        yield* TestClock.adjust('31 seconds')
        expect(heard).toEqual(['recycle a'])
        yield* TestClock.adjust('80 seconds')
        expect(heard).toEqual(['recycle a'])
        expect(recycler.isRenewing('a')).toBe(true)
      }),
    )
  })

  it('gets no work again where it is gone for good', async () => {
    const { fleet, recycler, heard } = recyclerOf()
    await running(
      recycler,
      Effect.gen(function* () {
        yield* TestClock.adjust('1 second')
        fleet.down('a')
        yield* TestClock.adjust('2 minutes')
      }),
    )
    expect(heard).toEqual(['drain a', 'recycle a'])
  })

  it('gets work again where its browser could not be replaced', async () => {
    let isDue = true
    const { recycler, heard } = recyclerOf({
      rules: {},
      remedies: {
        next: () =>
          isDue
            ? { _tag: 'replacement', id: 'chromium-1', why: 'unwell', detail: 'slow', connection: 'a' }
            : undefined,
        taken: () => {
          isDue = false
        },
      },
    })
    await running(recycler, TestClock.adjust('1 second'))
    expect(heard).toEqual(['drain a', 'recycle chromium-1', 'resume a'])
  })

  it('is started anew by its runs where the browsers’ memory cannot be read', async () => {
    const { recycler, heard } = recyclerOf({
      rules: { afterRuns: 1, aboveBytes: 1 },
      weigh: () => Promise.reject(new Error('no /proc')),
    })
    await running(recycler, TestClock.adjust('1 second'))
    expect(heard).toEqual(['drain a', 'recycle a'])
  })
})

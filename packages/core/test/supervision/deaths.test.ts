// What is restarted, how often, and when that is too often: the cases of OTP's own suite, each strategy alike.

import { Effect } from 'effect'
import { describe, expect, test } from 'vitest'
import { dynamicSupervisor, type RestartType, type StrategyName, supervisor } from '../../src/index.ts'
import { makeFaults, startTestSystem } from '../../src/testing/index.ts'
import { states, tracing, type WorkerOptions, worker, workerRef } from './worker.ts'

const kinds = ['one_for_one', 'one_for_all', 'rest_for_one', 'dynamic'] as const

async function started(
  kind: StrategyName | 'dynamic',
  intensity: number,
  workers: Record<string, WorkerOptions>,
) {
  const system = await startTestSystem()
  const children = Object.entries(workers).map(([id, options]) => worker(id, options))
  const common = { id: 'sup', intensity, period: '1 second', restart: 'temporary' } as const
  const { ref: sup } = await system.spawn(
    kind === 'dynamic' ? dynamicSupervisor(common) : supervisor({ ...common, strategy: kind, children }),
  )
  if (kind === 'dynamic') for (const spec of children) await Effect.runPromise(sup.startChild(spec))
  const end = async (id: string, how: 'crash' | 'finish' | 'kill') => {
    if (how === 'kill') makeFaults(1).kill(workerRef(sup, id))
    else workerRef(sup, id).tell({ type: how })
    await system.settle()
  }
  const alive = () => system.effect.lookupSupervisor('/sup') !== undefined
  return { system, sup, end, alive, [Symbol.asyncDispose]: () => system.stop() }
}

describe('a child that ended', () => {
  const isRestarted: Record<RestartType, readonly string[]> = {
    permanent: ['finish', 'crash', 'kill'],
    transient: ['crash', 'kill'],
    temporary: [],
  }
  const cases = kinds.flatMap(kind =>
    (['permanent', 'transient', 'temporary'] as const).flatMap(restart =>
      (['finish', 'crash', 'kill'] as const).map(how => ({
        kind,
        restart,
        how,
        verdict: isRestarted[restart].includes(how) ? 'restarted' : 'not restarted',
        // What does not come back is forgotten at once where it is temporary or dynamic.
        left: isRestarted[restart].includes(how)
          ? 'running'
          : restart === 'temporary' || kind === 'dynamic'
            ? undefined
            : 'terminated',
      })),
    ),
  )
  test.each(cases)('$kind, $restart, $how: $verdict', async ({ kind, restart, how, left }) => {
    await using it = await started(kind, 9, { a: { restart } })
    await it.end('a', how)
    expect(states(it.sup)['a']).toBe(left)
  })
})

describe.each(kinds)('%s', kind => {
  test('gives up at the death after the last that its intensity allows', async () => {
    await using it = await started(kind, 2, { a: {}, b: {} })
    await it.end('a', 'crash')
    await it.end('b', 'crash')
    expect(states(it.sup)).toEqual({ a: 'running', b: 'running' })
    await it.end('a', 'crash')
    expect(it.alive()).toBe(false)
  })

  test('survives any number of deaths that lie further apart than its period', async () => {
    await using it = await started(kind, 1, { a: {} })
    for (let deaths = 0; deaths < 5; deaths++) {
      await it.end('a', 'crash')
      await it.system.advance(2100)
    }
    expect(states(it.sup)).toEqual({ a: 'running' })
  })

  test('counts a restart that fails like a death, and gives up when they are too many; siblings die with it', async () => {
    const failing = { starts: 0 }
    await using it = await started(kind, 4, { a: { failing }, b: {} })
    failing.starts = 3
    await it.end('a', 'crash')
    expect(states(it.sup)).toEqual({ a: 'running', b: 'running' })
    failing.starts = 1
    const trace = tracing(it.system)
    trace()
    await it.end('a', 'crash')
    expect(trace().at(-1)).toBe('-sup')
    expect(trace().filter(event => event.startsWith('+'))).toEqual([])
    expect(it.alive()).toBe(false)
  })
})

test('a temporary sibling that goes with the one that died does not come back, and is forgotten', async () => {
  await using it = await started('rest_for_one', 9, { a: {}, b: { restart: 'temporary' }, c: {} })
  await it.end('a', 'crash')
  expect(states(it.sup)).toEqual({ a: 'running', c: 'running' })
})

describe('in a loop of restarts that all fail, without a pause', () => {
  const looping = async () => {
    const failing = { starts: 0 }
    const it = await started('one_for_one', Number.MAX_SAFE_INTEGER, { a: { failing }, b: {} })
    failing.starts = Number.POSITIVE_INFINITY
    workerRef(it.sup, 'a').tell({ type: 'crash' })
    await it.system.until(() => states(it.sup)['a'] === 'restarting')
    return it
  }
  const answer = (order: Effect.Effect<void, { readonly _tag: string }>) =>
    Effect.runPromise(Effect.match(order, { onSuccess: () => 'done', onFailure: ({ _tag }) => _tag }))

  test('the child can be neither restarted nor deleted, but terminated, and stays so', async () => {
    await using it = await looping()
    expect(await answer(it.sup.restartChild('a'))).toBe('ChildRestarting')
    expect(await answer(it.sup.deleteChild('a'))).toBe('ChildRestarting')
    expect(await answer(it.sup.terminateChild('a'))).toBe('done')
    await it.system.settle()
    expect(states(it.sup)).toEqual({ a: 'terminated', b: 'running' })
  })

  test('its supervisor can be stopped', async () => {
    await using it = await looping()
    expect(await answer(it.sup.stop())).toBe('done')
    expect(it.alive()).toBe(false)
  })
})

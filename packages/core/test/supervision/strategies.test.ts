import { Effect } from 'effect'
import { describe, expect, test } from 'vitest'
import { type StrategyName, supervisor } from '../../src/index.ts'
import { startTestSystem } from '../../src/testing/index.ts'
import { states, tracing, type WorkerOptions, worker, workerRef } from './worker.ts'

async function tree(
  strategy: StrategyName,
  options: { intensity?: number; children?: Record<string, WorkerOptions> } = {},
) {
  const { intensity = 10, children = { a: {}, b: {}, c: {} } } = options
  const system = await startTestSystem()
  const trace = tracing(system)
  const { ref: sup } = await system.spawn(
    supervisor({
      id: 'sup',
      strategy,
      intensity,
      restart: 'temporary',
      children: Object.entries(children).map(([id, each]) => worker(id, each)),
    }),
  )
  const crash = async (id: string) => {
    workerRef(sup, id).tell({ type: 'crash' })
    await system.settle()
  }
  return { system, trace, sup, crash, [Symbol.asyncDispose]: () => system.stop() }
}

test('children start in order and stop in reverse', async () => {
  const { system, trace } = await tree('one_for_one')
  expect(trace()).toEqual(['+sup', '+a', '+b', '+c'])
  await system.stop()
  expect(trace()).toEqual(['-c', '-b', '-a', '-sup', '-'])
})

describe('one_for_one', () => {
  test('restarts the one that died, and no other', async () => {
    await using it = await tree('one_for_one')
    it.trace()
    await it.crash('b')
    expect(it.trace()).toEqual(['-b', '+b'])
  })

  test('gives up at the death after the last that its intensity allows, and takes all with it in reverse', async () => {
    await using it = await tree('one_for_one', { intensity: 2 })
    await it.crash('a')
    await it.crash('b')
    it.trace()
    await it.crash('a')
    expect(it.trace()).toEqual(['-a', '-c', '-b', '-sup'])
    expect(it.system.effect.lookupSupervisor('/sup')).toBeUndefined()
  })

  test('tries again when a restart fails, until its intensity is spent; then siblings die too', async () => {
    const failing = { starts: 0 }
    await using it = await tree('one_for_one', { intensity: 4, children: { a: { failing }, b: {} } })
    it.trace()
    failing.starts = 3
    await it.crash('a')
    expect(it.trace()).toEqual(['-a', '+a'])
    expect(failing.starts).toBe(0)
    failing.starts = 3
    await it.crash('a')
    expect(it.trace()).toEqual(['-a', '-b', '-sup'])
  })
})

describe('one_for_all', () => {
  test('stops all in reverse and starts all in order', async () => {
    await using it = await tree('one_for_all')
    it.trace()
    await it.crash('b')
    expect(it.trace()).toEqual(['-b', '-c', '-a', '+a', '+b', '+c'])
  })

  test('shuts a sibling that is back down again when the next one fails to start, then starts all', async () => {
    const failing = { starts: 0 }
    await using it = await tree('one_for_all', { children: { a: {}, b: { failing }, c: {} } })
    it.trace()
    failing.starts = 1
    await it.crash('a')
    expect(it.trace()).toEqual(['-a', '-c', '-b', '+a', '-a', '+a', '+b', '+c'])
  })

  test('does not bring a temporary sibling back', async () => {
    await using it = await tree('one_for_all', { children: { a: {}, b: { restart: 'temporary' }, c: {} } })
    it.trace()
    await it.crash('a')
    expect(it.trace()).toEqual(['-a', '-c', '-b', '+a', '+c'])
    expect(states(it.sup)).toEqual({ a: 'running', c: 'running' })
  })

  test('brings back, as OTP does, a sibling that had been terminated', async () => {
    await using it = await tree('one_for_all')
    await Effect.runPromise(it.sup.terminateChild('b'))
    it.trace()
    await it.crash('a')
    expect(it.trace()).toEqual(['-a', '-c', '+a', '+b', '+c'])
  })

  test('restarts once for two that died together: the death of the second is old news by then', async () => {
    await using it = await tree('one_for_all', { intensity: 1 })
    it.trace()
    workerRef(it.sup, 'a').tell({ type: 'crash' })
    await it.crash('b')
    expect(it.trace()).toEqual(['-a', '-b', '-c', '+a', '+b', '+c'])
  })

  test('does not restart a sibling for having been stopped with it: one death counts once', async () => {
    await using it = await tree('one_for_all', { intensity: 1 })
    await it.crash('a')
    expect(states(it.sup)).toEqual({ a: 'running', b: 'running', c: 'running' })
  })
})

describe('rest_for_one', () => {
  test('restarts the one that died and those started after it; the ones before stay', async () => {
    await using it = await tree('rest_for_one')
    it.trace()
    await it.crash('b')
    expect(it.trace()).toEqual(['-b', '-c', '+b', '+c'])
  })

  test('leaves what is back already alone when a later one fails to start', async () => {
    const failing = { starts: 0 }
    await using it = await tree('rest_for_one', { children: { a: {}, b: { failing }, c: {} } })
    it.trace()
    failing.starts = 2
    await it.crash('a')
    expect(it.trace()).toEqual(['-a', '-c', '-b', '+a', '+b', '+c'])
  })
})

test('a ref and its waiting messages survive the restart; a restart is not Terminated', async () => {
  await using it = await tree('rest_for_one')
  const c = workerRef(it.sup, 'c')
  const ends: unknown[] = []
  c.watch(end => ends.push(end))
  const answer = Effect.runPromise(c.ask<number>(replyTo => ({ type: 'epoch', replyTo }), '1 second'))
  expect(await answer).toBe(1)
  await it.crash('a')
  expect(await Effect.runPromise(c.ask<number>(replyTo => ({ type: 'epoch', replyTo }), '1 second'))).toBe(2)
  expect(ends).toEqual([])
})

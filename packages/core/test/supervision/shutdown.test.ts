import { Effect, Schedule } from 'effect'
import { describe, expect, test } from 'vitest'
import { dynamicSupervisor, supervisor } from '../../src/index.ts'
import { startTestSystem } from '../../src/testing/index.ts'
import { states, tracing, worker, workerRef } from './worker.ts'

const never = Number.POSITIVE_INFINITY

describe('a child is stopped', () => {
  test('within its limit, and its resources are released before the stop is done', async () => {
    await using system = await startTestSystem()
    const ref = await system.spawn(worker('slow', { releaseMs: 1000, shutdown: 5000 }))
    const ends: unknown[] = []
    ref.watch(end => ends.push(end))
    const stopped = ref.stop()
    await system.advance(999)
    expect(ends).toEqual([])
    await system.advance(1)
    await stopped
    expect(ends).toEqual([{ path: '/slow', reason: { _tag: 'Shutdown' } }])
    expect(system.abandoned).toEqual([])
  })

  test('past its limit by a kill; what it had not released is listed as abandoned', async () => {
    const said: string[] = []
    await using system = await startTestSystem({ log: ({ message }) => void said.push(message) })
    const ref = await system.spawn(worker('stuck', { releaseMs: never, shutdown: 1000 }))
    const stopped = ref.stop()
    await system.advance(1000)
    await stopped
    expect(said).toEqual([
      expect.stringMatching(/^\/stuck was given up: 1 of the effects of its incarnation 1/),
    ])
    expect(system.abandoned).toMatchObject([{ path: '/stuck', epoch: 1, effects: 1 }])
    expect(system.inspected).toContainEqual(
      expect.objectContaining({ _tag: 'ActorStopped', path: '/stuck', reason: { _tag: 'Killed' } }),
    )
  })

  test('at once when its shutdown is brutal', async () => {
    await using system = await startTestSystem()
    const ref = await system.spawn(worker('stuck', { releaseMs: never, shutdown: 'brutal' }))
    await ref.stop()
    expect(system.virtual.now()).toBe(0)
    expect(system.abandoned).toHaveLength(1)
  })

  test('however long it takes when its shutdown is infinite', async () => {
    await using system = await startTestSystem()
    const ref = await system.spawn(worker('slow', { releaseMs: 3_600_000, shutdown: 'infinity' }))
    const stopped = ref.stop()
    await system.advance('1 hour')
    await stopped
    expect(system.abandoned).toEqual([])
  })
})

test('a failed child is restarted only once it has released, or its limit has passed', async () => {
  await using system = await startTestSystem()
  const { ref: sup } = await system.spawn(
    supervisor({
      id: 'sup',
      intensity: 9,
      children: [
        worker('slow', { releaseMs: 2000, shutdown: 5000 }),
        worker('stuck', { releaseMs: never, shutdown: 5000 }),
      ],
    }),
  )
  const trace = tracing(system)
  await system.settle()
  trace()
  workerRef(sup, 'slow').tell({ type: 'crash' })
  workerRef(sup, 'stuck').tell({ type: 'crash' })
  await system.advance(1999)
  expect(trace()).toEqual([])
  await system.advance(1)
  expect(trace()).toEqual(['-slow', '+slow'])
  await system.advance(3000)
  expect(trace()).toEqual(['-stuck', '+stuck'])
})

test('children that end by themselves while they are being stopped are stopped, not restarted', async () => {
  await using system = await startTestSystem()
  const trace = tracing(system)
  const { ref: sup } = await system.spawn(
    supervisor({ id: 'sup', intensity: 9, children: [worker('a'), worker('b', { releaseMs: 1000 })] }),
  )
  const a = workerRef(sup, 'a')
  trace()
  const stopped = Effect.runPromise(sup.stop())
  await system.settle()
  a.tell({ type: 'crash' })
  await system.advance('1 second')
  await stopped
  expect(trace()).toEqual(expect.arrayContaining(['-a', '-b', '-sup']))
  expect(trace()).toEqual([])
})

test('a dynamic supervisor stops its children at once: three slow ones take as long as the slowest', async () => {
  await using system = await startTestSystem()
  const { ref: sup } = await system.spawn(dynamicSupervisor({ id: 'sup' }))
  for (const [id, releaseMs] of [
    ['a', 1000],
    ['b', 1000],
    ['c', 5000],
  ] as const) {
    await Effect.runPromise(sup.startChild(worker(id, { releaseMs, shutdown: 2000 })))
  }
  const stopped = Effect.runPromise(sup.stop())
  await system.advance(2000)
  await stopped
  expect(system.abandoned).toMatchObject([{ path: '/sup/c' }])
})

test('a dynamic supervisor kills at once those whose shutdown is brutal', async () => {
  await using system = await startTestSystem()
  const { ref: sup } = await system.spawn(dynamicSupervisor({ id: 'sup' }))
  for (const id of ['a', 'b']) {
    await Effect.runPromise(sup.startChild(worker(id, { releaseMs: never, shutdown: 'brutal' })))
  }
  await Effect.runPromise(sup.stop())
  expect(system.virtual.now()).toBe(0)
  expect(system.abandoned).toHaveLength(2)
})

test.each(['static', 'dynamic'])(
  'a %s supervisor stops although what its children release fails',
  async kind => {
    await using system = await startTestSystem()
    const children = [worker('a', { releaseFails: true }), worker('b', { releaseFails: true })]
    const { ref: sup } = await system.spawn(
      kind === 'static' ? supervisor({ id: 'sup', children }) : dynamicSupervisor({ id: 'sup' }),
    )
    if (kind === 'dynamic') for (const spec of children) await Effect.runPromise(sup.startChild(spec))
    const trace = tracing(system)
    trace()
    await system.settle()
    const stopped = Effect.runPromise(sup.stop())
    await system.advance(1)
    await stopped
    expect(trace().toSorted()).toEqual(['-a', '-b', '-sup'])
    expect(system.abandoned).toEqual([])
  },
)

test('a supervisor with a limit is killed with all below when it takes longer', async () => {
  await using system = await startTestSystem()
  const { ref: sup } = await system.spawn(
    supervisor({
      id: 'sup',
      shutdown: 1000,
      children: [
        supervisor({ id: 'in', children: [worker('a', { releaseMs: never, shutdown: 'infinity' })] }),
      ],
    }),
  )
  const stopped = Effect.runPromise(sup.stop())
  await system.advance(1000)
  await stopped
  expect(system.lookup('/sup/in/a')).toBeUndefined()
  expect(system.abandoned).toMatchObject([{ path: '/sup/in/a' }])
})

test('an orderly stop of the system ends within its total limit, whatever its actors do', async () => {
  const system = await startTestSystem({ shutdown: '3 seconds' })
  await system.spawn(worker('stuck', { releaseMs: never, shutdown: 'infinity' }))
  const stopped = system.effect.stop
  const done = Effect.runPromise(stopped)
  await system.advance('3 seconds')
  await done
  expect(await Effect.runPromise(system.effect.terminated)).toEqual({ _tag: 'Killed' })
  expect(system.lookup('/stuck')).toBeUndefined()
})

describe('back-off', () => {
  const backingOff = async () => {
    const system = await startTestSystem()
    const backoff = Schedule.exponential('1 second')
    const { ref: sup } = await system.spawn(
      supervisor({
        id: 'sup',
        strategy: 'rest_for_one',
        intensity: 100,
        period: '1 minute',
        backoff,
        children: [worker('a'), worker('b')],
      }),
    )
    const crash = async () => {
      workerRef(sup, 'a').tell({ type: 'crash' })
      await system.settle()
    }
    return { system, sup, crash, [Symbol.asyncDispose]: () => system.stop() }
  }

  test('waits as its schedule says before each restart, longer each time', async () => {
    await using it = await backingOff()
    for (const wait of [1000, 2000, 4000]) {
      await it.crash()
      await it.system.advance(wait - 1)
      expect(states(it.sup)).toEqual({ a: 'restarting', b: 'restarting' })
      await it.system.advance(1)
      expect(states(it.sup)).toEqual({ a: 'running', b: 'running' })
    }
    const attempts = it.system.inspected.flatMap(event =>
      event._tag === 'ActorRestarted' && event.path === '/sup/a' ? [event.attempt] : [],
    )
    expect(attempts).toEqual([1, 2, 3])
  })

  test('starts over once the child has lived longer than the period', async () => {
    await using it = await backingOff()
    await it.crash()
    await it.system.advance(1000)
    await it.system.advance('61 seconds')
    await it.crash()
    await it.system.advance(1000)
    expect(states(it.sup)).toEqual({ a: 'running', b: 'running' })
  })

  test('that ends makes the supervisor give up', async () => {
    await using system = await startTestSystem()
    const { ref: sup } = await system.spawn(
      supervisor({
        id: 'sup',
        intensity: 100,
        restart: 'temporary',
        backoff: Schedule.recurs(1),
        children: [worker('a')],
      }),
    )
    workerRef(sup, 'a').tell({ type: 'crash' })
    await system.settle()
    expect(states(sup)).toEqual({ a: 'running' })
    workerRef(sup, 'a').tell({ type: 'crash' })
    await system.settle()
    expect(system.effect.lookupSupervisor('/sup')).toBeUndefined()
  })
})

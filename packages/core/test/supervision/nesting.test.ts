import { Effect } from 'effect'
import { describe, expect, test } from 'vitest'
import { ActorSystem, dynamicSupervisor, supervisor } from '../../src/index.ts'
import { startTestSystem } from '../../src/testing/index.ts'
import { states, tracing, type Work, worker, workerRef } from './worker.ts'

describe('a supervisor that gave up', () => {
  const nested = async () => {
    const system = await startTestSystem()
    const trace = tracing(system)
    const { ref: top } = await system.spawn(
      supervisor({
        id: 'top',
        strategy: 'one_for_all',
        intensity: 5,
        children: [supervisor({ id: 'in', intensity: 0, children: [worker('a'), worker('b')] }), worker('z')],
      }),
    )
    const inner = top.childSupervisor('in')
    if (inner === undefined) throw new Error('no inner supervisor')
    return { system, trace, top, inner, [Symbol.asyncDispose]: () => system.stop() }
  }

  test('is restarted by its own supervisor with all that it was described with', async () => {
    await using it = await nested()
    it.trace()
    workerRef(it.inner, 'a').tell({ type: 'crash' })
    await it.system.settle()
    expect(it.trace()).toEqual(['-a', '-b', '-in', '-z', '+in', '+a', '+b', '+z'])
  })

  test('comes back without the children that were started at run time', async () => {
    await using it = await nested()
    const added = await Effect.runPromise(it.inner.startChild(worker('added')))
    const ends: unknown[] = []
    added.watch(({ reason }) => ends.push(reason._tag))
    workerRef(it.inner, 'a').tell({ type: 'crash' })
    await it.system.settle()
    expect(states(it.inner)).toEqual({ a: 'running', b: 'running' })
    expect(ends).toEqual(['Shutdown'])
  })

  test('keeps the refs of its described children good, and what waits for them', async () => {
    await using it = await nested()
    const b = workerRef(it.inner, 'b')
    const ends: unknown[] = []
    b.watch(end => ends.push(end))
    workerRef(it.inner, 'a').tell({ type: 'crash' })
    await it.system.settle()
    expect(await Effect.runPromise(b.ask<number>(replyTo => ({ type: 'epoch', replyTo }), '1 second'))).toBe(
      2,
    )
    expect(ends).toEqual([])
  })

  test('keeps them good also when a child fails to start on the way back', async () => {
    await using system = await startTestSystem()
    const failing = { starts: 0 }
    const children = [worker('a'), worker('b', { failing })]
    const { ref: top } = await system.spawn(
      supervisor({ id: 'top', intensity: 5, children: [supervisor({ id: 'in', intensity: 0, children })] }),
    )
    const inner = top.childSupervisor('in')
    if (inner === undefined) throw new Error('no inner supervisor')
    const b = workerRef(inner, 'b')
    failing.starts = 1
    workerRef(inner, 'a').tell({ type: 'crash' })
    await system.settle()
    expect(await Effect.runPromise(b.ask<number>(replyTo => ({ type: 'epoch', replyTo }), '1 second'))).toBe(
      3,
    )
  })

  test('that is transient is not restarted: to give up is a shutdown, as in OTP', async () => {
    await using system = await startTestSystem()
    const { ref: sup } = await system.spawn(
      supervisor({ id: 'sup', intensity: 0, restart: 'transient', children: [worker('a')] }),
    )
    const ends: unknown[] = []
    sup.watch(end => ends.push(end))
    workerRef(sup, 'a').tell({ type: 'crash' })
    await system.settle()
    expect(ends).toMatchObject([
      {
        reason: { _tag: 'Shutdown', cause: { _tag: 'RestartIntensityExceeded', childId: 'a', intensity: 0 } },
      },
    ])
    expect(system.root.whichChildren()).toMatchObject([{ id: 'sup', state: 'terminated' }])
  })
})

test('when the root gives up the system ends, and says why', async () => {
  await using system = await startTestSystem({ intensity: 0 })
  const ref = await system.spawn(worker('a'))
  ref.tell({ type: 'crash' })
  await system.settle()
  expect(await Effect.runPromise(system.effect.terminated)).toMatchObject({
    _tag: 'Shutdown',
    cause: { _tag: 'RestartIntensityExceeded' },
  })
  const error = await Effect.runPromise(Effect.flip(system.effect.spawn(worker('b'))))
  expect(error._tag).toBe('SupervisorStopped')
})

describe('significant children', () => {
  const team = async (autoShutdown: 'any_significant' | 'all_significant') => {
    const system = await startTestSystem()
    const significant = { restart: 'transient', significant: true } as const
    const { ref: sup } = await system.spawn(
      supervisor({
        id: 'sup',
        autoShutdown,
        intensity: 9,
        restart: 'temporary',
        children: [worker('a', significant), worker('b', significant), worker('c', { restart: 'transient' })],
      }),
    )
    const send = async (id: string, type: 'crash' | 'finish') => {
      workerRef(sup, id).tell({ type })
      await system.settle()
    }
    return {
      system,
      sup,
      send,
      alive: () => system.effect.lookupSupervisor('/sup') !== undefined,
      [Symbol.asyncDispose]: () => system.stop(),
    }
  }

  test('any_significant: the first that ends by itself ends the supervisor', async () => {
    await using it = await team('any_significant')
    await it.send('c', 'finish')
    expect(it.alive()).toBe(true)
    await it.send('a', 'finish')
    expect(it.alive()).toBe(false)
  })

  test('all_significant: the last one does', async () => {
    await using it = await team('all_significant')
    await it.send('a', 'finish')
    expect(it.alive()).toBe(true)
    await it.send('b', 'finish')
    expect(it.alive()).toBe(false)
  })

  test('a temporary one ends it by a failure too', async () => {
    await using system = await startTestSystem()
    const children = [worker('a', { restart: 'temporary', significant: true }), worker('b')]
    await system.spawn(
      supervisor({ id: 'sup', restart: 'temporary', autoShutdown: 'any_significant', children }),
    )
    system.lookup<Work>('/sup/a')?.tell({ type: 'crash' })
    await system.settle()
    expect(system.effect.lookupSupervisor('/sup')).toBeUndefined()
  })

  test('one that is restarted, or terminated by hand, ends nothing', async () => {
    await using it = await team('any_significant')
    await it.send('a', 'crash')
    await Effect.runPromise(it.sup.terminateChild('b'))
    expect(it.alive()).toBe(true)
  })
})

test('a significant child that is only stopped with a sibling ends nothing', async () => {
  await using system = await startTestSystem()
  const children = [worker('a', { restart: 'transient', significant: true }), worker('b')]
  const { ref: sup } = await system.spawn(
    supervisor({
      id: 'sup',
      strategy: 'one_for_all',
      autoShutdown: 'any_significant',
      intensity: 9,
      children,
    }),
  )
  workerRef(sup, 'b').tell({ type: 'crash' })
  await system.settle()
  expect(states(sup)).toEqual({ a: 'running', b: 'running' })
})

test('a significant supervisor that shuts itself down ends its own supervisor in turn', async () => {
  await using system = await startTestSystem()
  const significant = { restart: 'transient', significant: true } as const
  const inner = supervisor({
    ...significant,
    id: 'in',
    autoShutdown: 'any_significant',
    children: [worker('a', significant)],
  })
  const { ref: top } = await system.spawn(
    supervisor({
      id: 'top',
      restart: 'temporary',
      autoShutdown: 'any_significant',
      children: [inner, worker('z')],
    }),
  )
  const a = top.childSupervisor('in')?.child<Work>('a')
  a?.tell({ type: 'finish' })
  await system.settle()
  expect(system.effect.lookupSupervisor('/top')).toBeUndefined()
})

test('a supervisor that shuts itself down without being significant ends only itself', async () => {
  await using system = await startTestSystem()
  const inner = supervisor({
    id: 'in',
    restart: 'transient',
    autoShutdown: 'any_significant',
    children: [worker('a', { restart: 'transient', significant: true })],
  })
  const other = worker('z', { restart: 'transient', significant: true })
  const { ref: top } = await system.spawn(
    supervisor({ id: 'top', autoShutdown: 'any_significant', children: [inner, other] }),
  )
  top.childSupervisor('in')?.child<Work>('a')?.tell({ type: 'finish' })
  await system.settle()
  expect(states(top)).toEqual({ in: 'terminated', z: 'running' })
})

describe('a dynamic supervisor', () => {
  test('does not keep a child that fails to start', async () => {
    await using system = await startTestSystem()
    const { ref: sup } = await system.spawn(dynamicSupervisor({ id: 'sup' }))
    const failing = { starts: 1 }
    const error = await Effect.runPromise(Effect.flip(sup.startChild(worker('a', { failing }))))
    expect(error._tag).toBe('StartFailed')
    expect(sup.whichChildren()).toEqual([])
  })

  test('has nothing to restart or delete by hand', async () => {
    await using system = await startTestSystem()
    const { ref: sup } = await system.spawn(dynamicSupervisor({ id: 'sup' }))
    await Effect.runPromise(sup.startChild(worker('a')))
    const tag = async (order: Effect.Effect<void, { readonly _tag: string }>) =>
      (await Effect.runPromise(Effect.flip(order)))._tag
    expect(await tag(sup.restartChild('a'))).toBe('ChildRunning')
    expect(await tag(sup.deleteChild('a'))).toBe('ChildRunning')
    await Effect.runPromise(sup.terminateChild('a'))
    expect(await tag(sup.restartChild('a'))).toBe('ChildNotFound')
    expect(await tag(sup.deleteChild('a'))).toBe('ChildNotFound')
  })

  test('forgets a child that was terminated, and takes its id again', async () => {
    await using system = await startTestSystem()
    const { ref: sup } = await system.spawn(dynamicSupervisor({ id: 'sup' }))
    await Effect.runPromise(sup.startChild(worker('a')))
    await Effect.runPromise(sup.terminateChild('a'))
    expect(sup.whichChildren()).toEqual([])
    await Effect.runPromise(sup.startChild(worker('a')))
    expect(states(sup)).toEqual({ a: 'running' })
  })

  test('runs and terminates whole trees, children before what they stand on', async () => {
    await using system = await startTestSystem()
    const trace = tracing(system)
    const { ref: browsers } = await system.spawn(dynamicSupervisor({ id: 'browsers', intensity: 10 }))
    const unit = await Effect.runPromise(
      browsers.startChild(
        supervisor({
          id: 'chromium',
          strategy: 'rest_for_one',
          intensity: 3,
          children: [worker('browser'), dynamicSupervisor({ id: 'pages' })],
        }),
      ),
    )
    const pages = unit.childSupervisor('pages')
    if (pages === undefined) throw new Error('no pages')
    await Effect.runPromise(pages.startChild(worker('page')))
    trace()
    workerRef(unit, 'browser').tell({ type: 'crash' })
    await system.settle()
    expect(trace()).toEqual(['-browser', '-page', '-pages', '+browser', '+pages'])
    await Effect.runPromise(pages.startChild(worker('page')))
    trace()
    await Effect.runPromise(browsers.terminateChild('chromium'))
    expect(trace()).toEqual(['-page', '-pages', '-browser', '-chromium'])
    expect(browsers.whichChildren()).toEqual([])
  })
})

test('5,000 children start and stop', async () => {
  await using system = await ActorSystem.start()
  const { ref: sup } = await system.spawn(dynamicSupervisor({ id: 'sup' }))
  const startAll = Effect.forEach(Array.from({ length: 5000 }), (_, at) => sup.startChild(worker(`w${at}`)), {
    discard: true,
  })
  await Effect.runPromise(startAll)
  expect(sup.countChildren().active).toBe(5000)
  await Effect.runPromise(sup.stop())
  expect(system.root.whichChildren()).toMatchObject([{ id: 'sup', state: 'terminated' }])
})

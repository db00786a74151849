// What @statelyai/inspect understands, held against the package itself.

import {
  createBrowserReceiver,
  createInspector,
  type StatelyActorEvent,
  type StatelyInspectionEvent,
} from '@statelyai/inspect'
import { expect, expectTypeOf, test } from 'vitest'
import { createMachine, setup } from 'xstate'
import { behavior, child, type StatelyEvent, supervisor, toStately } from '../src/index.ts'
import { startTestSystem } from '../src/testing/index.ts'
import { add, type Count, counting } from './counter.ts'

test('each event is one of its own', () => {
  expectTypeOf<StatelyEvent>().toExtend<StatelyInspectionEvent>()
})

/** Their receiver, in a window that is told by hand. */
function receiver() {
  const listeners: ((event: { data: unknown }) => void)[] = []
  const window = {
    self: 1,
    top: 1,
    opener: null,
    addEventListener: (_type: string, listener: (event: { data: unknown }) => void) =>
      void listeners.push(listener),
  }
  const received: StatelyInspectionEvent[] = []
  createBrowserReceiver({ window } as unknown as Parameters<typeof createBrowserReceiver>[0]).subscribe(
    event => void received.push(event),
  )
  const inspector = createInspector({
    send: event => {
      for (const listener of listeners) listener({ data: structuredClone(JSON.parse(JSON.stringify(event))) })
    },
  })
  return { received, adapter: inspector.adapter }
}

test('its receiver is told the tree, each event, each snapshot, and each end', async () => {
  await using system = await startTestSystem()
  const sup = await system.spawn(
    supervisor({ id: 'sup', intensity: 9, children: [child({ id: 'a', behavior: counting })] }),
  )
  const { received, adapter } = receiver()
  const leave = toStately(system.effect, adapter)
  expect(received.map(event => [event.type, event.sessionId, 'parentId' in event && event.parentId])).toEqual(
    [
      ['@xstate.actor', '/', false],
      ['@xstate.actor', '/sup', '/'],
      ['@xstate.actor', '/sup/a', '/sup'],
    ],
  )
  const definition = JSON.parse((received[2] as StatelyActorEvent).definition ?? '')
  expect(definition).toMatchObject({ initial: 'open', states: { open: {}, closed: {} } })
  received.length = 0
  sup.child<Count>('a')?.tell(add(2))
  sup.child<Count>('a')?.tell({ type: 'crash' })
  await system.settle()
  const told = received.map(event => {
    const status = 'snapshot' in event ? event.snapshot.status : undefined
    return [
      event.type.slice('@xstate.'.length),
      'event' in event ? event.event.type : event.sessionId,
      status,
    ]
  })
  expect(told).toEqual([
    ['event', 'add', undefined],
    ['snapshot', 'add', 'active'],
    ['event', 'crash', undefined],
    ['snapshot', 'shoal.stopped', 'error'],
    ['actor', '/sup/a', 'active'],
    ['snapshot', 'xstate.init', 'active'],
    ['snapshot', 'shoal.restarted', 'active'],
  ])
  expect(received[1]).toMatchObject({ snapshot: { value: 'open', context: { count: 2 } } })
  leave()
  received.length = 0
  sup.child<Count>('a')?.tell(add(2))
  await system.settle()
  expect(received).toEqual([])
})

test('machines within an actor are told as children of it', async () => {
  await using system = await startTestSystem()
  const inner = createMachine({ initial: 'x', states: { x: { after: { 10: 'y' } }, y: {} } })
  const outer = setup({ actors: { inner } }).createMachine({ invoke: { src: 'inner', id: 'in' } })
  const { received, adapter } = receiver()
  toStately(system.effect, adapter)
  await system.spawn(child({ id: 'a', behavior: behavior({ logic: outer }), input: undefined }))
  await system.advance(10)
  expect(received).toContainEqual(
    expect.objectContaining({ type: '@xstate.actor', sessionId: '/a#in', parentId: '/a' }),
  )
  expect(received).toContainEqual(
    expect.objectContaining({
      sessionId: '/a#in',
      snapshot: expect.objectContaining({ value: 'y' }),
    }),
  )
})

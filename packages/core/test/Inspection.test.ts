import { describe, expect, test } from 'vitest'
import { createMachine, setup } from 'xstate'
import { ActorSystem, behavior, child, type Inspection } from '../src/index.ts'
import { startTestSystem } from '../src/testing/index.ts'
import { add, counting } from './counter.ts'

const tags = (events: readonly Inspection[]) => events.map(event => event._tag)

test('a message, what it causes and a restart are seen in order', async () => {
  await using system = await startTestSystem()
  const ref = await system.spawn(child({ id: 'a', behavior: counting }))
  ref.tell(add(1))
  await system.settle()
  ref.tell({ type: 'crash' })
  await system.settle()
  expect(tags(system.inspected).filter(tag => tag !== 'MailboxDepth')).toEqual([
    'ActorStarted',
    'Transition',
    'MessageSent',
    'MessageReceived',
    'Transition',
    'MessageSent',
    'MessageReceived',
    'ActionRun',
    'ActorStopped',
    'ActorStarted',
    'Transition',
    'ActorRestarted',
  ])
  expect(system.inspected.at(-1)).toMatchObject({
    path: '/a',
    epoch: 2,
    attempt: 1,
    why: { _tag: 'Failure', error: { message: 'crashed on purpose' } },
  })
})

test('a transition tells from where, to where, by which event, also of machines that were invoked', async () => {
  await using system = await startTestSystem()
  const inner = createMachine({ initial: 'x', states: { x: { after: { 10: 'y' } }, y: {} } })
  const machine = setup({ actors: { inner } }).createMachine({
    initial: 'a',
    invoke: { src: 'inner', id: 'inner' },
    states: { a: { on: { go: 'b' } }, b: {} },
  })
  const ref = await system.spawn(child({ id: 'm', behavior: behavior({ logic: machine }), input: undefined }))
  ref.tell({ type: 'go' })
  await system.advance(10)
  expect(system.inspected).toContainEqual(
    expect.objectContaining({
      _tag: 'Transition',
      path: '/m',
      machine: '/m',
      from: 'a',
      to: 'b',
      event: { type: 'go' },
    }),
  )
  expect(system.inspected).toContainEqual(
    expect.objectContaining({ _tag: 'Transition', path: '/m', machine: 'inner', from: 'x', to: 'y' }),
  )
})

describe('an inspector', () => {
  test('may come late and sees machines that run already; once it has left nothing is paid or seen', async () => {
    await using system = await ActorSystem.start()
    const ref = await system.spawn(child({ id: 'a', behavior: counting }))
    const seen: Inspection[] = []
    const leave = system.inspect(event => void seen.push(event))
    ref.tell(add(1))
    await ref.ask<number>(replyTo => ({ type: 'get', replyTo }), '1 second')
    expect(tags(seen)).toContain('Transition')
    leave()
    const count = seen.length
    ref.tell(add(1))
    await ref.ask<number>(replyTo => ({ type: 'get', replyTo }), '1 second')
    expect(seen).toHaveLength(count)
  })

  test('that throws harms nobody, and others still see', async () => {
    await using system = await startTestSystem()
    system.inspect(() => {
      throw new Error('broken inspector')
    })
    const ref = await system.spawn(child({ id: 'a', behavior: counting }))
    ref.tell(add(1))
    await system.settle()
    expect(ref.getSnapshot().context.count).toBe(1)
    expect(tags(system.inspected)).toContain('MessageReceived')
  })
})

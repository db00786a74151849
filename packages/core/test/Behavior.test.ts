// What a behaviour refuses where it is written.

import { describe, expect, test } from 'vitest'
import { type AnyActorLogic, createMachine, fromTransition } from 'xstate'
import { behavior, InvalidSpec } from '../src/index.ts'

const machine = createMachine({
  type: 'parallel',
  states: {
    door: {
      initial: 'closed',
      states: { closed: { initial: 'shut', states: { shut: {} } }, 'half.open': {} },
    },
    light: {},
  },
} as never)

const deferring = (state: string, logic: AnyActorLogic = machine) =>
  behavior({ logic, defer: { [state]: ['enter'] } })

describe('a deferral', () => {
  test.each(['door', 'light', 'door.closed', 'door.closed.shut', String.raw`door.half\.open`])(
    'may name the state %s of its machine',
    state => {
      expect(deferring(state).defer).toEqual({ [state]: ['enter'] })
    },
  )

  test.each(['dor', 'closed', 'door.open', 'door.closed.shut.more', 'door.half.open', ''])(
    'of a state that the machine does not have is refused: "%s"',
    state => {
      expect(() => deferring(state)).toThrow(InvalidSpec)
      expect(() => deferring(state)).toThrow(`the machine has no state "${state}"`)
      expect(() => deferring(state)).toThrow(/it has door, door.closed, door.closed.shut, door.half/)
    },
  )

  test('is refused for logic that has no states', () => {
    const logic = fromTransition((state: number) => state, 0)
    expect(() => deferring('closed', logic)).toThrow('its logic has no states')
  })

  test('of nothing is no deferral', () => {
    expect(() => behavior({ logic: fromTransition((state: number) => state, 0), defer: {} })).not.toThrow()
  })
})

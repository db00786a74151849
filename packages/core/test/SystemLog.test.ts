// What a system says by itself: nothing that went wrong is silent, and nothing that goes wrong all the time is loud.

import { Effect, Layer, Logger, Scope } from 'effect'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { setup } from 'xstate'
import {
  ActorSystem,
  behavior,
  child,
  fromEffect,
  type LogRecord,
  type SystemOptions,
  supervisor,
} from '../src/index.ts'
import { startTestSystem } from '../src/testing/index.ts'
import { add, type Count, counting } from './counter.ts'

afterEach(() => void vi.restoreAllMocks())

const tree = (intensity = 1000) =>
  supervisor({
    id: 'sup',
    intensity,
    restart: 'temporary',
    children: [child({ id: 'a', behavior: counting })],
  })

async function logging(options: SystemOptions = {}) {
  const records: LogRecord[] = []
  const system = await startTestSystem({ log: record => void records.push(record), ...options })
  const said = () => records.splice(0).map(({ level, message }) => `${level} ${message}`)
  const tell = async (...messages: readonly Count[]) => {
    for (const message of messages) system.lookup<Count>('/sup/a')?.tell(message)
    await system.settle()
  }
  return { system, records, said, tell, [Symbol.asyncDispose]: () => system.stop() }
}

describe('a system logs', () => {
  test('failures with what was thrown, restarts with their attempt, and a supervisor that gives up', async () => {
    await using it = await logging({ children: [tree(1)] })
    await it.tell({ type: 'crash' })
    expect(it.records[0]).toMatchObject({ path: '/sup/a', error: new Error('crashed on purpose') })
    expect(it.said()).toEqual([
      'Error /sup/a failed: Error: crashed on purpose',
      'Warn /sup/a was restarted: attempt 1 in a row',
    ])
    await it.tell({ type: 'crash' })
    const [failed, gaveUp, ...more] = it.said()
    expect(failed).toBe('Error /sup/a failed: Error: crashed on purpose')
    expect(gaveUp).toMatch(/^Error \/sup gave up: "a" needed more than 1 restarts within 5000 ms/)
    expect(more).toEqual([])
  })

  test('a start that failed while it was being restarted', async () => {
    let starts = 0
    const failing = child({
      id: 'a',
      behavior: counting,
      input: () => {
        starts += 1
        if (starts === 2) throw new Error('not now')
      },
    })
    await using it = await logging({
      children: [supervisor({ id: 'sup', intensity: 9, children: [failing] })],
    })
    await it.tell({ type: 'crash' })
    expect(it.said()).toEqual([
      'Error /sup/a failed: Error: crashed on purpose',
      'Error /sup/a did not start again: Error: not now',
      'Warn /sup/a was restarted: attempt 2 in a row',
    ])
  })

  test('a release that fails, of a state and of an incarnation: nobody else would hear of it', async () => {
    await using it = await logging()
    const failing = (what: string) =>
      Effect.addFinalizer(() => Effect.die(new Error(`the ${what} did not let go`)))
    const src = fromEffect(({ actorScope }) =>
      Effect.andThen(
        Effect.andThen(failing('state'), Scope.provide(failing('incarnation'), actorScope)),
        Effect.never,
      ),
    )
    const logic = setup({ types: { events: {} as { type: 'leave' } }, actors: { src } }).createMachine({
      initial: 'here',
      states: { here: { invoke: { src: 'src' }, on: { leave: 'there' } }, there: {} },
    })
    const ref = await it.system.spawn(child({ id: 'a', behavior: behavior({ logic }) }))
    ref.tell({ type: 'leave' })
    await it.system.settle()
    expect(it.said()).toEqual([
      'Error an effect of /a failed after it had been left: Error: the state did not let go',
    ])
    await ref.stop()
    expect(it.said()).toEqual([
      'Error an effect of /a failed after it had been left: Error: the incarnation did not let go',
    ])
  })

  test('dead letters, by type and reason, but not those of its own end', async () => {
    await using it = await logging({ children: [tree()] })
    const ref = it.system.lookup<Count>('/sup/a')
    await it.system.lookupSupervisor('/sup')?.terminateChild('a')
    ref?.tell(add(1))
    expect(it.said()).toEqual(['Warn a message "add" to /sup/a reached nobody: NoSuchActor'])
    await it.system.lookupSupervisor('/sup')?.restartChild('a')
    it.system.lookup<Count>('/sup/a')?.tell(add(1))
    await it.system.stop()
    ref?.tell(add(1))
    expect(it.said()).toEqual([])
  })

  test('ten of a kind in ten seconds, and how many it left out', async () => {
    await using it = await logging({ children: [tree()] })
    await it.tell(...Array.from({ length: 15 }, () => ({ type: 'crash' }) as const))
    const first = it.said()
    expect(first.filter(line => line.includes('failed'))).toHaveLength(10)
    expect(first.filter(line => line.includes('restarted'))).toHaveLength(10)
    await it.system.advance('10 seconds')
    await it.tell({ type: 'crash' })
    expect(it.said()).toEqual([
      'Error /sup/a failed: Error: crashed on purpose (and 5 more failures that were not logged)',
      'Warn /sup/a was restarted: attempt 1 in a row (and 5 more restarts that were not logged)',
    ])
    await it.tell(...Array.from({ length: 12 }, () => ({ type: 'crash' }) as const))
    it.said()
    await it.system.stop()
    expect(it.said()).toEqual([
      'Warn 3 more failures were not logged',
      'Warn 3 more restarts were not logged',
    ])
    expect(it.system.virtual.pending).toBe(0)
  })

  test('a listener that threw', async () => {
    await using it = await logging({ children: [tree()] })
    const leave = it.system.inspect(() => {
      throw new Error('broken inspector')
    })
    it.system.lookup<Count>('/sup/a')?.tell(add(1))
    leave()
    expect(it.said()).toEqual(['Error a listener threw: Error: broken inspector'])
  })

  test('to standard error, in the Promise face, unless it is told not to', async () => {
    const lines: unknown[] = []
    vi.spyOn(console, 'error').mockImplementation((...given) => void lines.push(...given))
    vi.spyOn(console, 'log').mockImplementation(() => expect.fail('standard output belongs to the program'))
    for (const log of ['off', undefined] as const) {
      await using system = await ActorSystem.start({ children: [tree()], ...(log && { log }) })
      system.lookup<Count>('/sup/a')?.tell({ type: 'crash' })
      await vi.waitFor(() =>
        expect(system.lookupSupervisor('/sup')?.whichChildren()[0]?.restarts).toHaveLength(1),
      )
      if (log === 'off') expect(lines).toEqual([])
    }
    expect(lines.join('\n')).toMatch(/level=ERROR.*message="\/sup\/a failed: Error: crashed on purpose"/)
    expect(lines.join('\n')).toContain('counter.ts')
  })

  test('to where it would go otherwise, where the function that is to take it throws', async () => {
    const lines: unknown[] = []
    vi.spyOn(console, 'error').mockImplementation((...given) => void lines.push(...given))
    await using it = await logging({
      children: [tree()],
      log: () => {
        throw new Error('no log')
      },
    })
    await it.tell({ type: 'crash' })
    expect(it.system.lookupSupervisor('/sup')?.whichChildren()[0]?.restarts).toHaveLength(1)
    expect(lines.join('\n')).toMatch(/sup\/a failed.*\n.*the log function of the system threw.*no log/)
  })

  test("to the loggers of its environment, in Effect's", async () => {
    const said: unknown[] = []
    const logger = Logger.make(({ logLevel, message }) => void said.push([logLevel, message]))
    const program = Effect.gen(function* () {
      const system = yield* ActorSystem
      system.lookup<Count>('/sup/a')?.tell({ type: 'crash' })
      yield* Effect.promise(() => vi.waitFor(() => expect(said).toHaveLength(2)))
    })
    const layer = Layer.provide(ActorSystem.layer({ children: [tree()] }), Logger.layer([logger]))
    await Effect.runPromise(Effect.provide(program, layer))
    expect(said).toEqual([
      ['Error', ['/sup/a failed: Error: crashed on purpose']],
      ['Warn', ['/sup/a was restarted: attempt 1 in a row']],
    ])
  })
})

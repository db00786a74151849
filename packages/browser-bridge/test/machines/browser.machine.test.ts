// The life of a browser's process, decided without one.
import { fromEffect } from '@shoal/core'
import { Deferred, Effect } from 'effect'
import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import { BrowserDied, BrowserRecycled, LaunchFailed } from '../../src/errors.ts'
import {
  type BrowserClosing,
  type BrowserEnd,
  browserMachine,
  type Launched,
} from '../../src/machines/browser.machine.ts'
import { until } from '../rig/Rig.ts'

const start = () => {
  const launched = Deferred.makeUnsafe<Launched, LaunchFailed>()
  const ended = Deferred.makeUnsafe<BrowserEnd>()
  const errors: unknown[] = []
  let closes = 0
  const machine = browserMachine.provide({
    actors: {
      launch: fromEffect<Launched, unknown>(() => Deferred.await(launched)),
      watch: fromEffect<BrowserEnd, unknown>(() => Deferred.await(ended)),
      close: fromEffect<void, unknown, BrowserClosing>(() =>
        Effect.sync(() => {
          closes += 1
        }),
      ),
    },
  })
  const actor = createActor(machine, { input: { name: 'firefox 153' } })
  actor.subscribe({ error: error => errors.push(error) })
  actor.start()
  const reaches = (value: string) => until(() => actor.getSnapshot().value === value)
  return { actor, launched, ended, errors, reaches, closes: () => closes }
}
const facts: Launched = { pid: 7, version: '153', launchMs: 3 }

describe('A browser process', () => {
  it('launches, and is ready with what was launched', async () => {
    const { actor, launched, reaches } = start()
    expect(actor.getSnapshot().value).toBe('launching')
    Deferred.doneUnsafe(launched, Effect.succeed(facts))
    await reaches('ready')
    expect(actor.getSnapshot().context.launched).toEqual(facts)
  })

  it('ends with the launch’s own failure', async () => {
    const { launched, errors } = start()
    const failure = new LaunchFailed({ kind: 'firefox', executablePath: '/x', cause: 'no such file' })
    Deferred.doneUnsafe(launched, Effect.fail(failure))
    await until(() => errors.length === 1)
    expect(errors).toEqual([failure])
  })

  it('ends with BrowserDied when it crashes', async () => {
    const { launched, ended, errors } = start()
    Deferred.doneUnsafe(launched, Effect.succeed(facts))
    Deferred.doneUnsafe(ended, Effect.succeed({ reason: 'crashed', detail: 'pid 7 ended' }))
    await until(() => errors.length === 1)
    expect(errors[0]).toBeInstanceOf(BrowserDied)
    expect(String(errors[0])).toContain('firefox 153 died: pid 7 ended')
  })

  it.each(['launching', 'ready'])(
    'closes politely and ends normally when it is told to while %s',
    async state => {
      const { actor, launched, errors, reaches, closes } = start()
      if (state === 'ready') Deferred.doneUnsafe(launched, Effect.succeed(facts))
      await reaches(state)
      actor.send({ type: 'close' })
      await reaches('closed')
      expect([actor.getSnapshot().status, closes(), errors]).toEqual(['done', 1, []])
    },
  )

  it('that is recycled closes politely, and ends so that its supervisor starts it anew', async () => {
    const { actor, launched, errors, reaches, closes } = start()
    Deferred.doneUnsafe(launched, Effect.succeed(facts))
    await reaches('ready')
    actor.send({ type: 'recycle' })
    await until(() => errors.length === 1)
    expect(errors[0]).toBeInstanceOf(BrowserRecycled)
    expect(closes()).toBe(1)
  })
})

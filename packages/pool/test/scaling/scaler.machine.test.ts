import { fromEffect, fromEffectStream } from '@shoal/core'
import { Deferred, Effect, Stream } from 'effect'
import { describe, expect, it } from 'vitest'
import { createActor, SimulatedClock, waitFor } from 'xstate'
import type { Decision } from '../../src/scaling/Decision.ts'
import type { Sample } from '../../src/scaling/Sample.ts'
import { type ScalerEvent, type StepEnd, scalerMachine } from '../../src/scaling/scaler.machine.ts'
import { sample as sampleOf, policy as wide } from './samples.ts'

const policy = { ...wide, maxConnections: 4 }

const sample = (at: number, over: Partial<Sample> = {}): ScalerEvent => ({
  type: 'sample',
  sample: sampleOf(at, over),
})

/** The machine with a sampler that is silent, so that the test is the only driver of time. */
function scalerOf(
  step: (decision: Decision) => Effect.Effect<StepEnd, unknown>,
  clock = new SimulatedClock(),
  reconsider = () => {},
) {
  const actor = createActor(
    scalerMachine.provide({
      actions: { reconsider },
      actors: {
        sampler: fromEffectStream<ScalerEvent, never>(() => Stream.never),
        step: fromEffect<StepEnd, unknown, Decision>(({ input }) => step(input)),
      },
    }),
    { input: { policy }, clock },
  )
  actor.start()
  return actor
}

describe('the scaler', () => {
  it('watches while there is nothing to do', () => {
    const scaler = scalerOf(() => Effect.succeed('taken'))
    scaler.send(sample(0))
    expect(scaler.getSnapshot()).toMatchObject({ value: 'watching', context: { stepsOut: 0 } })
  })

  it('remembers what it decided, holds too, where that changes', () => {
    const scaler = scalerOf(() => Effect.succeed('taken'))
    for (const at of [0, 250, 500]) scaler.send(sample(at))
    scaler.send(sample(750, { started: 2, ready: 2 }))
    expect(scaler.getSnapshot().context.decisions).toMatchObject([
      { _tag: 'hold', target: 1, cause: 'enough', grounds: { at: 0 } },
      { _tag: 'hold', target: 2, cause: 'waiting', grounds: { at: 750 } },
    ])
  })

  it('steps out as decided, then waits for a sample that has seen the step', async () => {
    const steps: Decision[] = []
    const scaler = scalerOf(decision =>
      Effect.as(
        Effect.sync(() => steps.push(decision)),
        'taken',
      ),
    )
    scaler.send(sample(0, { waiting: 9 }))
    await waitFor(scaler, snapshot => snapshot.matches('settling'))
    expect(steps).toMatchObject([{ _tag: 'out', target: 4 }])
    scaler.send(sample(250, { waiting: 9, started: 4 }))
    expect(scaler.getSnapshot()).toMatchObject({
      value: 'watching',
      context: { stepsOut: 1, steps: [{ _tag: 'out', target: 4 }], history: { lastOutAt: 0 } },
    })
    expect(steps).toHaveLength(1)
  })

  it('takes no second step while one is under way, and keeps what it sees meanwhile', async () => {
    const done = Deferred.makeUnsafe<void>()
    let steps = 0
    const scaler = scalerOf(() =>
      Effect.andThen(
        Effect.sync(() => void steps++),
        Effect.as(Deferred.await(done), 'taken' as const),
      ),
    )
    scaler.send(sample(0, { waiting: 9 }))
    scaler.send(sample(250, { waiting: 99, arrivals: 7 }))
    expect(scaler.getSnapshot().value).toBe('stepping')
    expect(scaler.getSnapshot().context.history.samples.map(({ arrivals }) => arrivals)).toEqual([0, 7])
    await Effect.runPromise(Deferred.succeed(done, undefined))
    await waitFor(scaler, snapshot => snapshot.matches('settling'))
    expect(steps).toBe(1)
  })

  it('reconsiders a step in with each look, and takes none where it was called off', async () => {
    const ended = Deferred.makeUnsafe<StepEnd>()
    let looks = 0
    const scaler = scalerOf(
      () => Deferred.await(ended),
      new SimulatedClock(),
      () => looks++,
    )
    for (let at = 0; at <= 40_000; at += 500) scaler.send(sample(at, { started: 2, ready: 2 }))
    expect(scaler.getSnapshot()).toMatchObject({ value: 'stepping', context: { decision: { _tag: 'in' } } })
    const before = looks
    scaler.send(sample(40_500, { started: 2, ready: 2 }))
    expect(looks).toBe(before + 1)
    await Effect.runPromise(Deferred.succeed(ended, 'called off'))
    await waitFor(scaler, snapshot => snapshot.matches('settling'))
    expect(scaler.getSnapshot().context).toMatchObject({
      calledOff: 1,
      stepsIn: 0,
      steps: [],
      history: { lastInAt: undefined, calledOffAt: 40_500 },
    })
  })

  it('reconsiders no step out', async () => {
    let looks = 0
    const scaler = scalerOf(
      () => Effect.never,
      new SimulatedClock(),
      () => looks++,
    )
    scaler.send(sample(0, { waiting: 9 }))
    scaler.send(sample(500))
    expect([scaler.getSnapshot().value, looks]).toEqual(['stepping', 0])
  })

  it('says why a step failed, and tries again after a rest that grows', async () => {
    const clock = new SimulatedClock()
    let tries = 0
    const scaler = scalerOf(
      () =>
        Effect.andThen(
          Effect.sync(() => void tries++),
          Effect.fail(new Error('no browser')),
        ),
      clock,
    )
    scaler.send(sample(0, { waiting: 9 }))
    const rests = [500, 1000, 2000, 4000, 8000, 10_000, 10_000]
    for (const [failed, ms] of rests.entries()) {
      await waitFor(scaler, snapshot => snapshot.matches('resting'))
      expect(scaler.getSnapshot().context.lastFailure).toBe('no browser')
      clock.increment(ms - 1)
      scaler.send(sample(250, { waiting: 9 }))
      expect([scaler.getSnapshot().value, tries]).toEqual(['resting', failed + 1])
      clock.increment(1)
      scaler.send(sample(500, { waiting: 9 }))
    }
    await waitFor(scaler, snapshot => snapshot.matches('resting'))
    expect(tries).toBe(rests.length + 1)
  })

  it('says no more that a step failed which is not wanted any more', async () => {
    const clock = new SimulatedClock()
    const scaler = scalerOf(() => Effect.fail(new Error('no browser')), clock)
    scaler.send(sample(0, { waiting: 9 }))
    await waitFor(scaler, snapshot => snapshot.matches('resting'))
    clock.increment(500)
    scaler.send(sample(100_000))
    expect(scaler.getSnapshot()).toMatchObject({
      value: 'watching',
      context: { lastFailure: undefined, failures: 0 },
    })
  })

  it('keeps no more samples than its window looks at', () => {
    const scaler = scalerOf(() => Effect.succeed('taken'))
    for (let at = 0; at <= 100_000; at += 500) scaler.send(sample(at))
    expect(scaler.getSnapshot().context.history.samples.length).toBeLessThan(130)
  })
})

import { fromEffect } from '@shoal/core'
import { Effect } from 'effect'
import { describe, expect, it } from 'vitest'
import { createActor, waitFor } from 'xstate'
import { resolveSpec } from '../../src/ModelSpec.ts'
import {
  type FoundModel,
  type ModelContext,
  type ModelEvent,
  modelMachine,
  type ReplicaState,
  type ServedModel,
} from '../../src/model/model.machine.ts'

const spec = resolveSpec({ name: 'm' })
if (spec instanceof Error) throw spec

const found = { stored: { key: 'k' }, signature: { inputs: [] } } as unknown as FoundModel

interface Parts {
  readonly resolve?: Effect.Effect<FoundModel, unknown>
  readonly drain?: Effect.Effect<void>
}

function modelOf({ resolve = Effect.succeed(found), drain = Effect.void }: Parts = {}) {
  const log: string[] = []
  const actor = createActor(
    modelMachine.provide({
      actors: {
        resolve: fromEffect(() => resolve),
        replicas: fromEffect<never, never, ServedModel, ModelEvent>(() =>
          Effect.ensuring(
            Effect.never,
            Effect.sync(() => void log.push('replicas given up')),
          ),
        ),
        drain: fromEffect<void, never, ModelContext>(() =>
          Effect.andThen(
            Effect.sync(() => void log.push('draining')),
            drain,
          ),
        ),
        unload: fromEffect<void, never, ModelContext>(() => Effect.sync(() => void log.push('unloading'))),
      },
    }),
    { input: { spec: spec as never } },
  )
  actor.start()
  return { actor, log }
}

const replica = (connection: string, state: ReplicaState): ModelEvent => ({
  type: 'replica',
  connection,
  state,
})
const ready: ReplicaState = {
  _tag: 'ready',
  backend: 'wasm',
  loadMs: 1,
  warmMs: undefined,
  memory: { bytes: 1, are: 'predicted' },
}

async function served() {
  const model = modelOf()
  await waitFor(model.actor, snapshot => snapshot.matches('held'))
  return model
}

describe('a model', () => {
  it('is placing once its files are found, and fails with why they are not', async () => {
    const { actor } = await served()
    expect(actor.getSnapshot().value).toEqual({ held: { serving: 'placing' } })
    const { actor: lost } = modelOf({ resolve: Effect.fail(new Error('no such model')) })
    await waitFor(lost, snapshot => snapshot.matches('failed'))
    expect(lost.getSnapshot().context.error).toMatchObject({ message: 'no such model' })
  })

  it('stands where its furthest replica stands', async () => {
    const { actor } = await served()
    const states = (['loading', 'warming'] as const).map(tag => {
      actor.send(replica('a', { _tag: tag, backend: 'wasm' }))
      return actor.getSnapshot().value
    })
    expect(states).toEqual([{ held: { serving: 'loading' } }, { held: { serving: 'warming' } }])
    actor.send(replica('b', ready))
    actor.send(replica('a', { _tag: 'loading', backend: 'wasm' }))
    expect(actor.getSnapshot().value).toEqual({ held: { serving: 'ready' } })
  })

  it('is placing again when its last replica is gone, and ready when one is back', async () => {
    const { actor } = await served()
    actor.send(replica('a', ready))
    actor.send({ type: 'replica.gone', connection: 'a' })
    expect(actor.getSnapshot().value).toEqual({ held: { serving: 'placing' } })
    actor.send(replica('a', ready))
    expect(actor.getSnapshot().value).toEqual({ held: { serving: 'ready' } })
  })

  it('fails when no connection can hold it', async () => {
    const { actor } = await served()
    actor.send({ type: 'hopeless', error: new Error('no WebNN anywhere') })
    expect(actor.getSnapshot()).toMatchObject({
      value: 'failed',
      context: { error: { message: 'no WebNN anywhere' } },
    })
  })

  it('drains with its replicas in place, then unloads, and only then gives them up', async () => {
    const { actor, log } = await served()
    actor.send(replica('a', ready))
    actor.send({ type: 'release' })
    await waitFor(actor, snapshot => snapshot.matches('unloaded'))
    expect(log).toEqual(['draining', 'unloading', 'replicas given up'])
  })

  it('can be released before its files were found', () => {
    const { actor } = modelOf({ resolve: Effect.never })
    actor.send({ type: 'release' })
    expect(actor.getSnapshot().value).toBe('unloaded')
  })
})

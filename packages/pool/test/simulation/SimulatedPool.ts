// A whole pool over simulated browsers on a virtual clock, started and ended: everything above the bridge is the real
// thing. What is asked of it and what befalls it is the caller's.

import { basename, dirname } from 'node:path'
import type { FoundBrowser } from '@shoal/browser-bridge'
import type { ModelStore } from '@shoal/model-store'
import { Effect, Exit, Scope } from 'effect'
import { vi } from 'vitest'
import { type Holding, ModelHandle } from '../../src/Model.ts'
import { type ModelSpec, resolveSpec } from '../../src/ModelSpec.ts'
import type { PoolOptions } from '../../src/PoolOptions.ts'
import { makePoolParts, type PoolParts } from '../../src/PoolParts.ts'
import { resolveOptions } from '../../src/resolveOptions.ts'
import type { ReadResources } from '../../src/scaling/machineResources.ts'
import { SimulatedBridge, type SimulatedBridgeOptions } from './SimulatedBridge.ts'

export interface SimulatedPool {
  readonly parts: PoolParts
  readonly bridge: SimulatedBridge
  readonly model: ModelHandle
  /** All of them, that one first. */
  readonly models: readonly ModelHandle[]
  close(): Promise<void>
}

/** What is asked of a model beside its name (default: WASM, each request by itself). */
export type AskedOfModel = Pick<ModelSpec, 'platform' | 'batching'>

export interface SimulatedPoolOptions {
  readonly store: ModelStore
  /** The model's file. */
  readonly model: string
  /** How many models are made of it, each for itself (default 1). */
  readonly models?: number
  readonly asked?: AskedOfModel
  readonly pool: PoolOptions
  readonly bridge: SimulatedBridgeOptions
  /** What is read of the machine (default: nothing). */
  readonly resources?: ReadResources
}

/** Real input and output: only the model's file, once, before the load begins. */
const turn = setImmediate
const turns = async () => {
  for (let count = 0; count < 4; count++) await new Promise(resolve => turn(resolve))
}

/** Looks at files that are under way: they take real time, for which virtual time stands still. */
let looking = 0

const mostTurns = 500

function watched(store: ModelStore): ModelStore {
  const resolve: ModelStore['resolve'] = (...asked) =>
    Effect.acquireUseRelease(
      Effect.sync(() => looking++),
      () => store.resolve(...asked),
      () => Effect.sync(() => looking--),
    )
  return new Proxy(store, {
    get(target, name) {
      if (name === 'resolve') return resolve
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Moves time from timer to timer, and lets what each causes come to rest, until the condition holds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let steps = 0; !condition(); steps++) {
    if (steps > 200_000) throw new Error(`simulation: ${what} never came`)
    await turns()
    // One that never ends must not stop time.
    for (let more = 0; looking > 0 && more < mostTurns; more++) await turns()
    if (condition()) return
    if (vi.getTimerCount() > 0) vi.advanceTimersToNextTimer()
  }
}

/** What the promise gives, once virtual time has brought it. */
export async function come<A>(promise: Promise<A>, what: string): Promise<A> {
  let done = false
  const settled = () => {
    done = true
  }
  promise.then(settled, settled)
  await until(() => done, what)
  return promise
}

const found: readonly FoundBrowser[] = [
  {
    kind: 'chromium',
    executablePath: '/simulated',
    headlessShell: false,
    version: '1',
    channel: 'stable',
    source: 'path',
  },
]

export async function startSimulatedPool(options: SimulatedPoolOptions): Promise<SimulatedPool> {
  const store = watched(options.store)
  const bridge = new SimulatedBridge(options.bridge)
  const resolved = resolveOptions(options.pool, 2)
  if (resolved instanceof Error) throw resolved
  const { resources = async () => undefined } = options
  const scope = Scope.makeUnsafe()
  const world = { found, store, bridge, host: undefined, resources }
  const starting = Effect.runPromise(makePoolParts(resolved, world).pipe(Scope.provide(scope)))
  const parts = await come(starting, 'the start')
  const models: ModelHandle[] = []
  for (let count = 0; count < (options.models ?? 1); count++) {
    models.push(
      await come((await hold(parts, nameOf(options.model, count), options.asked)).coming, 'the model'),
    )
  }
  const [model] = models
  if (model === undefined) throw new RangeError('simulation: at least one model')
  return {
    parts,
    bridge,
    model,
    models,
    close: () => come(Effect.runPromise(Scope.close(scope, Exit.void)), 'the end of the pool'),
  }
}

/** Another name for the same file is another model. */
export const nameOf = (file: string, number: number): string =>
  `${dirname(file)}/${'./'.repeat(number)}${basename(file)}`

/** Asks for a model, and comes back when its file has been read: all that follows takes virtual time. */
export async function hold(
  parts: PoolParts,
  name: string,
  asked?: AskedOfModel,
): Promise<{ readonly coming: Promise<ModelHandle> }> {
  const { coming } = await beginHolding(parts, name, asked)
  return { coming: coming.then(held => new ModelHandle(parts, held)) }
}

/** The same without a handle of its own. */
export async function beginHolding(
  parts: PoolParts,
  name: string,
  asked: AskedOfModel = {},
  signal?: AbortSignal,
): Promise<{ readonly coming: Promise<Holding> }> {
  const spec = resolveSpec({ name, type: 'graph', platform: 'wasm', ...asked })
  if (spec instanceof Error) throw spec
  const holding = parts.models.hold(spec, undefined, signal)
  let isOver = false
  const over = () => {
    isOver = true
  }
  holding.then(over, over)
  const isResolving = () => {
    if (isOver) return false
    const own = parts.models.metrics().find(model => model.name === name)
    return own === undefined || own.state === 'resolving'
  }
  // Its file is read in real time, for which virtual time stands still: else the same seed would give other runs.
  while (isResolving() || looking > 0) await turns()
  // And what follows from it comes to rest, whenever it began.
  for (let count = 0; count < 10; count++) await turns()
  return { coming: holding }
}

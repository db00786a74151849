// A whole pool over simulated browsers on a virtual clock, started and ended: everything above the bridge is the real
// thing. What is asked of it and what befalls it is the caller's.

import type { FoundBrowser } from '@shoal/browser-bridge'
import type { ModelStore } from '@shoal/model-store'
import { Effect, Exit, Scope } from 'effect'
import { vi } from 'vitest'
import { ModelHandle } from '../../src/Model.ts'
import { resolveSpec } from '../../src/ModelSpec.ts'
import { type PoolOptions, resolveOptions } from '../../src/PoolOptions.ts'
import { makePoolParts, type PoolParts } from '../../src/PoolParts.ts'
import { SimulatedBridge, type SimulatedBridgeOptions } from './SimulatedBridge.ts'

export interface SimulatedPool {
  readonly parts: PoolParts
  readonly bridge: SimulatedBridge
  readonly model: ModelHandle
  close(): Promise<void>
}

export interface SimulatedPoolOptions {
  readonly store: ModelStore
  /** The model's file. */
  readonly model: string
  readonly pool: PoolOptions
  readonly bridge: SimulatedBridgeOptions
}

/** Real input and output: only the model's file, once, before the load begins. */
const turn = setImmediate
const turns = async () => {
  for (let count = 0; count < 4; count++) await new Promise(resolve => turn(resolve))
}

/** Moves time from timer to timer, and lets what each causes come to rest, until the condition holds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let steps = 0; !condition(); steps++) {
    if (steps > 200_000) throw new Error(`simulation: ${what} never came`)
    await turns()
    if (condition()) return
    if (vi.getTimerCount() > 0) vi.advanceTimersToNextTimer()
  }
}

/** What the promise gives, once virtual time has brought it. */
async function come<A>(promise: Promise<A>, what: string): Promise<A> {
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
  const { store } = options
  const bridge = new SimulatedBridge(options.bridge)
  const resolved = resolveOptions(options.pool, 2)
  if (resolved instanceof Error) throw resolved
  const resources = async () => undefined
  const scope = Scope.makeUnsafe()
  const world = { found, store, bridge, host: undefined, resources }
  const starting = Effect.runPromise(makePoolParts(resolved, world).pipe(Scope.provide(scope)))
  const parts = await come(starting, 'the start')
  const spec = resolveSpec({ name: options.model, type: 'graph', platform: 'wasm' })
  if (spec instanceof Error) throw spec
  const holding = parts.models.hold(spec, undefined, undefined)
  // Its file is read in real time, for which virtual time stands still: else the same seed would give other runs.
  while (!parts.models.metrics().some(({ state }) => state !== 'resolving')) await turns()
  const { held, found: files } = await come(holding, 'the model')
  return {
    parts,
    bridge,
    model: new ModelHandle({ ...parts, held }, files),
    close: () => come(Effect.runPromise(Scope.close(scope, Exit.void)), 'the end of the pool'),
  }
}

// A simulated lane, for the dispatcher's rules only: real lanes are in test/integration. It answers when it is
// told to, fails when it is told to, and keeps what it was asked.

import { ConnectionLost, type Lane, type RunOptions, type RunResult } from '@shoal/browser-bridge'
import type { NamedTensor } from '@shoal/tensor'

interface Held {
  readonly key: string
  readonly options: RunOptions
  resolve(result: RunResult): void
  reject(error: unknown): void
}

export interface SimulatedLane extends Lane {
  readonly held: Held[]
  /** Answers the oldest request. */
  answer(computeMs?: number): Promise<void>
  answerWith(result: RunResult): Promise<void>
  /** Everything on it fails, as when its connection goes; it was at the oldest. */
  die(): Promise<void>
  fail(error: unknown): Promise<void>
}

export function simulatedLane(
  id: string,
  over: Partial<Pick<Lane, 'depth' | 'backend' | 'adapter'>> = {},
): SimulatedLane {
  const held: Held[] = []
  const settled = () => new Promise<void>(resolve => setImmediate(resolve))
  return {
    id,
    backend: over.backend ?? 'wasm',
    threads: 1,
    depth: over.depth ?? 2,
    ...(over.adapter ? { adapter: over.adapter } : {}),
    models: new Set<string>(),
    lost: new Promise(() => {}),
    held,
    get inFlight() {
      return held.length
    },
    load: () => Promise.reject(new Error('a simulated lane loads nothing')),
    unload: () => Promise.resolve(),
    close: () => {},
    stream: () => {
      throw new Error('a simulated lane streams nothing')
    },
    run: (key, _request, options) =>
      new Promise<RunResult>((resolve, reject) => held.push({ key, options, resolve, reject })),
    answer(computeMs = 1) {
      const outputs: NamedTensor[] = [{ name: 'y', dtype: 'float32', dims: [1], data: Float32Array.of(1) }]
      const timing = { queueMs: 0, preprocessMs: 0, computeMs, postprocessMs: 0 }
      return this.answerWith({ timing, outputs, inputs: [] })
    },
    answerWith(result) {
      held.shift()?.resolve(result)
      return settled()
    },
    die() {
      for (const [at, request] of held.splice(0).entries())
        request.reject(new ConnectionLost({ connection: id, reason: 'killed', begun: at === 0 }))
      return settled()
    },
    fail(error) {
      held.shift()?.reject(error)
      return settled()
    },
  }
}

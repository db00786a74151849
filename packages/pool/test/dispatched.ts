// A ledger and a dispatcher over simulated lanes, for the tests of who runs next. No tests in it.

import type { Answer } from '../src/Answer.ts'
import type { Settlement } from '../src/admission/Entry.ts'
import type { ResolvedBatching } from '../src/batching/Batching.ts'
import type { ModelBatching } from '../src/batching/batchingOf.ts'
import { Dispatcher } from '../src/Dispatcher.ts'
import { Health } from '../src/health/Health.ts'
import { Ledger } from '../src/Ledger.ts'
import { RecentHistory } from '../src/PerformanceHistory.ts'
import type { Replica } from '../src/Replica.ts'
import type { Work } from '../src/Work.ts'
import type { SimulatedLane } from './simulatedLane.ts'

export const work: Work = { request: { input: { kind: 'tensors' }, tensors: [] }, options: {} }

export function poolOf(
  input: Work = work,
  now = () => performance.now(),
  over: { terminateAfterMs?: number } = {},
) {
  const history = new RecentHistory()
  const ledger: Ledger<Work, Answer> = new Ledger({
    capacity: 100,
    poisonAfter: 2,
    now,
    onWaiting: () => dispatcher.pump(),
  })
  const health = new Health({
    now,
    startBreaker: () => Promise.reject(new Error('breakers have tests of their own')),
  })
  const answered: Answer[] = []
  const onAnswered = (_: string, answer: Answer) => void answered.push(answer)
  const dispatcher: Dispatcher = new Dispatcher({
    ledger,
    history,
    health,
    now,
    terminateAfterMs: over.terminateAfterMs ?? 10_000,
    onAnswered,
  })
  const ends: Settlement<Answer>[] = []
  const ask = (model = 'm', signal?: AbortSignal) => {
    ledger.accept({ model, input, priority: 0, deadlineMs: 10_000, signal, settle: end => ends.push(end) })
  }
  const hold = (lane: SimulatedLane, over: Partial<Replica> = {}) =>
    dispatcher.addReplica({
      model: 'm',
      modelKey: 'key-of-m',
      lane,
      connection: lane.id,
      browser: { id: 'chromium-1', kind: 'chromium', version: '1' },
      trust: 'own',
      preference: 0,
      warm: true,
      ...over,
    })
  return { ledger, dispatcher, history, health, ends, answered, ask, hold }
}

/** Rows of one number each; the answer is as many ones. */
export const batching = (policy: Partial<ResolvedBatching> = {}): ModelBatching => ({
  policy: { maxSize: 3, maxDelayMs: 0, maxTokens: Number.POSITIVE_INFINITY, ...policy },
  batcher: {
    fit: () => undefined,
    join: works => ({ ...works[0], request: { input: { kind: 'tensors' }, tensors: [] }, options: {} }),
    part: (result, works) => works.map(() => result),
  },
})
export const fitting: Work = { ...work, fit: { bucket: 'b', rows: 1, tokens: 1 } }

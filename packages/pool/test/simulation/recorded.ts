// Asks the pool of a simulation, and keeps the record of what came of each request: how it ended for its caller, and what
// the ledger did with it. What must hold of the record is rulesBroken.ts's.

import type { ModelHandle } from '../../src/Model.ts'
import type { Chance } from './Chance.ts'
import type { Asked } from './rulesBroken.ts'
import type { SimulatedPool } from './SimulatedPool.ts'

/** Longer than breakers rest. */
const patientMs = 120_000

export type Recorded = ReturnType<typeof recorded>

export function recorded({ parts: { ledger } }: SimulatedPool) {
  const asked: { -readonly [key in keyof Asked]: Asked[key] }[] = []
  let open = 0
  let offered: (typeof asked)[number] | undefined
  const accept = ledger.accept.bind(ledger)
  ledger.accept = admission => {
    const request = offered
    if (request) request.isUncounted = false
    const entry = accept({
      ...admission,
      settle: end => {
        if (request) request.settled++
        admission.settle(end)
      },
    })
    if (request) request.isAccepted = !(entry instanceof Error)
    return entry
  }
  return {
    open: () => open,
    all: (): readonly Asked[] => asked,
    /**
     * @param chance of a deadline of its own, and of a caller who gives up
     * @param isFollowing whether the handle follows an alias
     */
    ask(model: ModelHandle | undefined, number: number, chance?: Chance, isFollowing = false): void {
      if (model === undefined) return
      open++
      const ends: string[] = []
      const known = { number, model: model.held.id, isFollowing, ends }
      const request = { ...known, isUncounted: true, settled: 0, isAccepted: false }
      asked.push(request)
      const own = chance === undefined ? patientMs : chance.of([undefined, undefined, 300, 3000, 60_000])
      const left = new AbortController()
      if (chance?.is(0.1)) setTimeout(() => left.abort(), chance.after(300))
      offered = request
      model
        .run(
          { tensors: { x: { dtype: 'float32', dims: [1, 1], data: Float32Array.of(number) } } },
          {
            priority: chance?.whole(0, 2) ?? 0,
            signal: left.signal,
            ...(own === undefined ? {} : { deadlineMs: own }),
          },
        )
        .then(
          ({ output }) => ends.push(output['y']?.data[0] === number ? 'answered' : 'wrong'),
          (error: { readonly _tag?: string }) => ends.push(error._tag ?? String(error)),
        )
        .finally(() => open--)
      offered = undefined
    },
  }
}

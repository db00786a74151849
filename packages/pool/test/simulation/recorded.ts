// Asks the pool of a simulation, and keeps the record of what came of each request: how it ended for its caller, and what
// the ledger did with it. What must hold of the record is rulesBroken.ts's.

import { DeadlineExceeded } from '../../src/errors.ts'
import type { ModelHandle } from '../../src/Model.ts'
import type { Chance } from './Chance.ts'
import type { Asked } from './rulesBroken.ts'
import { partsOf } from './SimulatedLane.ts'
import type { SimulatedPool } from './SimulatedPool.ts'
import { Turns } from './Turns.ts'

/** Longer than breakers rest. */
const patientMs = 120_000

export type Recorded = ReturnType<typeof recorded>

/** How one is asked, where it is not simply asked. */
export interface Asking {
  /** Of a deadline of its own, and of a caller who gives up. */
  readonly chance?: Chance
  /** Where chance draws none. */
  readonly deadlineMs?: number
  /** The handle follows an alias. */
  readonly isFollowing?: boolean
  /** For its parts as they come. */
  readonly isStreamed?: boolean
}

export function recorded(pool: SimulatedPool) {
  const { ledger } = pool.parts
  const turns = new Turns(pool)
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
        if (end._tag === 'failed' && end.error instanceof DeadlineExceeded)
          turns.expired(
            end.error,
            request?.number ?? Number.NaN,
            'interruptions' in entry && entry.interruptions.length > 0,
          )
        admission.settle(end)
      },
    })
    if (request) request.isAccepted = !(entry instanceof Error)
    return entry
  }
  return {
    open: () => open,
    all: (): readonly Asked[] => asked,
    /** What broke the rule of turns. */
    turnsBroken: turns.broken,
    /** Resolves with how it ended; never rejects. */
    async ask(
      model: ModelHandle | undefined,
      number: number,
      { chance, deadlineMs = patientMs, isFollowing = false, isStreamed = false }: Asking = {},
    ): Promise<string | undefined> {
      if (model === undefined) return undefined
      open++
      const ends: string[] = []
      const known = { number, model: model.held.id, isFollowing, isStreamed, ends }
      const request = { ...known, isUncounted: true, settled: 0, isAccepted: false }
      asked.push(request)
      const own = chance === undefined ? deadlineMs : chance.of([undefined, undefined, 300, 3000, 60_000])
      const left = new AbortController()
      if (chance?.is(0.1)) setTimeout(() => left.abort(), chance.after(300))
      const input = {
        tensors: { x: { dtype: 'float32' as const, dims: [1, 1], data: Float32Array.of(number) } },
      }
      const options = {
        priority: chance?.whole(0, 2) ?? 0,
        signal: left.signal,
        ...(own === undefined ? {} : { deadlineMs: own }),
      }
      offered = request
      const answer = isStreamed ? inParts(model, number, input, options) : model.run(input, options)
      offered = undefined
      await answer
        .then(
          ({ output }) => ends.push(output['y']?.data[0] === number ? 'answered' : 'wrong'),
          (error: { readonly _tag?: string }) => ends.push(error._tag ?? String(error)),
        )
        .finally(() => open--)
      return ends[0]
    },
  }
}

/** Reads the parts; rejects as `wrong` where they are not what belongs to the answer, once each and in order. */
async function inParts(model: ModelHandle, number: number, ...asked: Parameters<ModelHandle['stream']>) {
  const stream = model.stream(...asked)
  const read = async () => {
    const parts: unknown[] = []
    for await (const { json } of stream) parts.push(json)
    return parts as { readonly asked: number; readonly at: number }[]
  }
  const [answer, parts] = await Promise.all([stream.result, read()])
  const isWhole = parts.length === partsOf(number)
  if (isWhole && parts.every((part, at) => part.asked === number && part.at === at)) return answer
  throw Object.assign(new Error('its parts are another answer’s'), { _tag: 'wrong' })
}

// Requests of one connection, and what was sent for them. No page answers: the test says what one would.
import { type AskOptions, Requests } from '../../src/node/link/Requests.ts'
import type { HostMessage, Result, Run } from '../../src/protocol/messages.ts'

const timing = { queueMs: 0, preprocessMs: 0, computeMs: 1, postprocessMs: 0 }
export const result = (id: number): Result => ({ t: 'result', id, timing, inputs: 0, tensors: [] })

/** `ask` asks for a run, whose promise may be looked at later. */
export const openRequests = (withdraw?: (lane: number, id: number) => boolean) => {
  const sent: HostMessage[] = []
  const requests = new Requests('c', message => sent.push(message), withdraw)
  const ask = (options: Partial<AskOptions> & { lane?: number } = {}) => {
    const { deadlineMs = 1_000, lane = 1, ...others } = options
    let id = 0
    const answered = requests.ask<Result>(
      lane,
      `c/${lane}`,
      fresh => {
        id = fresh
        return {
          t: 'run',
          id: fresh,
          lane,
          model: 'm',
          input: { kind: 'tensors' },
          deadlineMs,
          tensors: [],
        } satisfies Run
      },
      { ...others, deadlineMs },
    )
    answered.catch(() => {})
    return { id, answered }
  }
  return { sent, requests, ask }
}

/** What the error of each says: whether its lane was at it. */
export const begunOf = (asked: readonly { answered: Promise<Result> }[]): Promise<unknown[]> =>
  Promise.all(asked.map(({ answered }) => answered.catch(({ begun }) => begun)))

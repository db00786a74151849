// Lanes that a page was told to open and has not said anything of yet. Not the lanes that are open: LivePage.ts has those.
import { type ConnectionLost, LaneOpenFailed } from '../../errors.ts'
import type { Backend, LaneOpened } from '../../protocol/messages.ts'
import type { WireErrorCode } from '../../protocol/wireErrors.ts'
import { type Deadline, Deadlines } from './Deadlines.ts'
import type { Lane } from './Lane.ts'

const openLimitMs = 120_000

interface Opening {
  readonly backend: Backend
  readonly threads: number
  readonly deadline: Deadline
  resolve(lane: Lane): void
  reject(error: LaneOpenFailed | ConnectionLost): void
}

/** Why a lane did not open; `cause` is the page's own error. */
interface OpeningFailure {
  readonly code: WireErrorCode
  readonly reason: string
  readonly cause?: unknown
}

export class LaneOpenings {
  readonly #connection: string
  readonly #opening = new Map<number, Opening>()
  readonly #deadlines = new Deadlines()

  constructor(connection: string) {
    this.#connection = connection
  }

  /** The lane, once it is open. Rejects with LaneOpenFailed or ConnectionLost; `late` is called before where it took too long. */
  wait(lane: number, backend: Backend, threads: number, late: () => void): Promise<Lane> {
    return new Promise((resolve, reject) => {
      const deadline = this.#deadlines.after(openLimitMs, () => {
        late()
        this.failed(lane, {
          code: 'LaneGone',
          reason: `its worker did not start within ${openLimitMs / 1000} s`,
        })
      })
      this.#opening.set(lane, { backend, threads, deadline, resolve, reject })
    })
  }

  /**
   * Gives the lane that `open` makes to who waits for it. Where nobody does, or it is not the one that was asked for, `open`
   * is not called; in the second case who waits hears that it failed.
   */
  opened({ lane, backend, threads }: LaneOpened, open: () => Lane): 'opened' | 'unasked' | 'another' {
    const opening = this.#opening.get(lane)
    if (opening === undefined) return 'unasked'
    if (backend !== opening.backend || threads > Math.max(1, opening.threads)) {
      const reason = `it opened a ${backend} lane of ${threads} threads where one of ${opening.threads} was asked for`
      this.failed(lane, { code: 'BackendUnavailable', reason })
      return 'another'
    }
    this.#take(lane)
    opening.resolve(open())
    return 'opened'
  }

  failed(lane: number, failure: OpeningFailure): void {
    const opening = this.#take(lane)
    if (opening === undefined) return
    const { backend } = opening
    opening.reject(new LaneOpenFailed({ connection: this.#connection, backend, ...failure }))
  }

  end(lost: ConnectionLost): void {
    for (const lane of [...this.#opening.keys()]) this.#take(lane)?.reject(lost)
  }

  #take(lane: number): Opening | undefined {
    const opening = this.#opening.get(lane)
    this.#opening.delete(lane)
    opening?.deadline.cancel()
    return opening
  }
}

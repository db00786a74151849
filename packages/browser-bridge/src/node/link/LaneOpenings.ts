// Lanes that a page was told to open and has not said anything of yet. Not the lanes that are open: LivePage.ts has those.
import { type ConnectionLost, LaneOpenFailed } from '../../errors.ts'
import type { Backend } from '../../protocol/messages.ts'
import type { WireErrorCode } from '../../protocol/wireErrors.ts'
import { type Deadline, Deadlines } from './Deadlines.ts'
import type { Lane } from './Lane.ts'

const openLimitMs = 120_000

interface Opening {
  readonly backend: Backend
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
  wait(lane: number, backend: Backend, late: () => void): Promise<Lane> {
    return new Promise((resolve, reject) => {
      const deadline = this.#deadlines.after(openLimitMs, () => {
        late()
        this.failed(lane, {
          code: 'LaneGone',
          reason: `its worker did not start within ${openLimitMs / 1000} s`,
        })
      })
      this.#opening.set(lane, { backend, deadline, resolve, reject })
    })
  }

  /** Gives the lane that `open` makes to who waits for it; false where nobody does, and `open` is not called. */
  opened(lane: number, open: () => Lane): boolean {
    const opening = this.#take(lane)
    opening?.resolve(open())
    return opening !== undefined
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

// An accepted request, as long as it lives: where it stands, what it may still become, how it ends. Data only; the
// ledger alone moves it from one state to the next.

/** Where an accepted request stands. `settled` is final. */
export type RequestState =
  | { readonly _tag: 'waiting'; readonly since: number }
  | {
      readonly _tag: 'running'
      readonly lane: string
      readonly since: number
      readonly abort: AbortController
    }
  | { readonly _tag: 'settled' }

/** How a request ended for its caller. */
export type Settlement<A> =
  | { readonly _tag: 'answered'; readonly answer: A }
  | { readonly _tag: 'failed'; readonly error: unknown }

/** Why an attempt could not be finished, where the request may be run again. */
export interface Interruption {
  readonly lane: string
  readonly cause: unknown
  /** The lane ended under it; otherwise the lane lives and only this attempt failed. */
  readonly laneDied: boolean
}

/** One accepted request. Times are milliseconds of the ledger's clock. */
export interface Entry<I, A> {
  readonly id: number
  readonly model: string
  readonly input: I
  readonly priority: number
  readonly acceptedAt: number
  readonly deadlineAt: number
  /** Attempts that could not be finished. */
  readonly interruptions: Interruption[]
  /** Times it was given to a lane. */
  attempts: number
  state: RequestState
  readonly settle: (settlement: Settlement<A>) => void
  /** Stops listening to the caller's signal. */
  detach: () => void
}

/** What a caller asks to have accepted. */
export interface Admission<I, A> {
  readonly model: string
  readonly input: I
  readonly priority: number
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
  readonly settle: (settlement: Settlement<A>) => void
}

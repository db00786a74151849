// An accepted request, as long as it lives: where it stands, what it may still become, how it ends. Data only; the
// ledger alone moves it from one state to the next.

/** Where an accepted request stands. `settled` is final. */
export type RequestState =
  | { readonly _tag: 'waiting' }
  | { readonly _tag: 'running'; readonly abort: AbortController }
  | { readonly _tag: 'settled' }

/** How a request ended for its caller. */
export type Settlement<A> =
  | { readonly _tag: 'answered'; readonly answer: A }
  | { readonly _tag: 'failed'; readonly error: unknown }

/** Why an attempt was not finished, where the request may be run again. */
export type Interruption =
  /** The lane ended while it worked on this request. */
  | { readonly _tag: 'laneDied'; readonly lane: string; readonly cause: unknown }
  /** The lane ended while this request only waited on it, behind another one, a load, or a run that its caller gave up. */
  | { readonly _tag: 'bystander'; readonly lane: string; readonly cause: unknown }
  /** The run that it shared with others failed; alone it may not. */
  | { readonly _tag: 'batchFailed'; readonly lane: string; readonly cause: unknown }
  /** The lane lives; this attempt failed, and another lane may do better. */
  | { readonly _tag: 'failed'; readonly lane: string; readonly cause: unknown }

/** One accepted request. Times are milliseconds of the ledger's clock. */
export interface Entry<I, A> {
  readonly id: number
  readonly model: string
  readonly input: I
  readonly priority: number
  readonly acceptedAt: number
  readonly deadlineMs: number
  readonly deadlineAt: number
  /** Attempts that were not finished. */
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

// The pool's errors. Each is tagged, and its message says what happened, to what, and what to do.

import { Data } from 'effect'

/** An option of `ResourcePool.start` or `getModel` is out of its range or does not fit the others. */
export class InvalidOption extends Data.TaggedError('InvalidOption')<{
  readonly option: string
  readonly message: string
}> {}

/** An option asks for something that no connected back-end does; it is refused rather than ignored. */
export class UnsupportedOption extends Data.TaggedError('UnsupportedOption')<{
  readonly option: string
  readonly message: string
}> {}

/** What was passed to `run` is no input that the model's type or task takes. */
export class InvalidInput extends Data.TaggedError('InvalidInput')<{
  readonly model: string
  readonly message: string
}> {}

/** No browser could be found, or every one found failed to start. */
export class NoBrowser extends Data.TaggedError('NoBrowser')<{
  readonly message: string
  readonly causes: readonly unknown[]
}> {}

/** A file that the model's task needs beside the graph, such as its tokenizer, is not in its folder. */
export class ModelIncomplete extends Data.TaggedError('ModelIncomplete')<{
  readonly model: string
  readonly file: string
  readonly message: string
}> {}

/** No connection satisfies the model's hard constraints (platform, browser, adapter), or each one failed to load it. */
export class ModelUnplaceable extends Data.TaggedError('ModelUnplaceable')<{
  readonly model: string
  readonly message: string
  readonly causes: readonly unknown[]
}> {}

/** A model takes more memory than a page, the pool or the machine has for models; `needBytes` is what it takes. */
export class ModelTooLarge extends Data.TaggedError('ModelTooLarge')<{
  readonly model: string
  readonly needBytes: number
  /** Measured in a lane, or told from the size of its files. */
  readonly needIs: 'measured' | 'predicted'
  readonly freeBytes: number
  /** What is too small for it: `memory.perPage`, `memory.total`, or the machine. */
  readonly ceiling: 'page' | 'total' | 'machine'
  readonly message: string
}> {}

/** The files under the model's name have another content than the `version` that was asked for. */
export class VersionMismatch extends Data.TaggedError('VersionMismatch')<{
  readonly model: string
  /** As it was asked for, and as it is: hexadecimal content hashes. */
  readonly wanted: string
  readonly found: string
  readonly message: string
}> {}

/** The queue of accepted requests is full; nothing was accepted. */
export class Overloaded extends Data.TaggedError('Overloaded')<{
  readonly waiting: number
  readonly retryAfterMs: number
  readonly message: string
}> {}

/** The request's deadline passed before an answer came, waiting or running. */
export class DeadlineExceeded extends Data.TaggedError('DeadlineExceeded')<{
  readonly model: string
  readonly deadlineMs: number
  readonly phase: 'waiting' | 'running'
  readonly message: string
}> {}

/** The caller's AbortSignal fired before the answer came. */
export class RequestAborted extends Data.TaggedError('RequestAborted')<{
  readonly model: string
  readonly message: string
}> {}

/** Two lanes died at work on the request; it is taken for the cause and is not run again. */
export class PoisonRequest extends Data.TaggedError('PoisonRequest')<{
  readonly model: string
  readonly lanes: readonly string[]
  readonly causes: readonly unknown[]
  readonly message: string
}> {}

/** A stream's lane died, and the answer made again on another lane differs from what was delivered already. */
export class InterruptedAfter extends Data.TaggedError('InterruptedAfter')<{
  readonly model: string
  /** Parts that the caller was given. */
  readonly delivered: number
  readonly message: string
}> {}

/** The pool is closing or closed, or it ended because its supervision gave up. */
export class PoolClosed extends Data.TaggedError('PoolClosed')<{ readonly message: string }> {}

/** A model was used after its last `release`. */
export class ModelReleased extends Data.TaggedError('ModelReleased')<{
  readonly model: string
  readonly message: string
}> {}

// Errors that cross the wire whole: code, message, stack and what caused them; and what each code says about trying
// again. `toWireError` writes them, `fromWireError` reads them.
// Plain tagged class for the same reason as FrameError: the page throws it too.

import type { Check } from './check.ts'
import { array, oneOf, optional, string, struct } from './check.ts'

/** For each code: when it occurs, and whether the same work may succeed elsewhere or later. */
const codes = {
  /** A file of the model could not be fetched from the host. */
  ModelFileMissing: { retryable: false },
  /** The engine could not read the model: corrupt, or no ONNX at all; or two of its graph's outputs are shown alike. */
  ModelInvalid: { retryable: false },
  /** The model needs an operator, or an operator's type, that this back-end does not have. */
  UnsupportedOperator: { retryable: false },
  /** An input's name, dtype or shape is not what the model takes, or a task's input is not what it takes. */
  WrongInput: { retryable: false },
  /** The task is neither one of ours nor a Transformers.js pipeline. */
  UnknownTask: { retryable: false },
  /** The model is not loaded in the lane that was asked. */
  ModelNotLoaded: { retryable: true },
  /** The engine ran out of memory; the lane's heap does not shrink, so the lane should be replaced. */
  OutOfMemory: { retryable: true },
  /** The GPU device went away; the lane should be replaced. */
  DeviceLost: { retryable: true },
  /** The back-end does not work in this browser. */
  BackendUnavailable: { retryable: true },
  /** The lane's worker ended or never started. */
  LaneGone: { retryable: true },
  /** The work was cancelled before it began, or between two of its steps. */
  Cancelled: { retryable: false },
  /** The deadline had passed before the work began, or passed between two of its steps. */
  DeadlinePassed: { retryable: false },
  /** The answer is beyond what the host takes in one frame. */
  AnswerTooLarge: { retryable: false },
  /** The engine failed in a way that none of the others names. */
  EngineFailed: { retryable: true },
} as const satisfies Record<string, { readonly retryable: boolean }>

export type WireErrorCode = keyof typeof codes

/** An error behind another one. */
export interface WireCause {
  readonly name: string
  readonly message: string
  readonly stack?: string
}

export interface WireError {
  readonly code: WireErrorCode
  readonly message: string
  readonly stack?: string
  /** What caused it, and what caused that: nearest first. A list, so that its depth is nobody's recursion. */
  readonly causes?: readonly WireCause[]
}

/** Occurs when a lane could not do what it was asked; `code` says why. */
export class LaneError extends Error {
  readonly _tag = 'LaneError'
  override readonly name = 'LaneError'
  readonly code: WireErrorCode
  constructor(code: WireErrorCode, message: string, options?: { readonly cause: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** Whether the same work may succeed elsewhere or later, by the code alone. */
export const isRetryable = (code: WireErrorCode): boolean => codes[code].retryable

const maxText = 8192
/** Of a cause: there are several. */
const maxCauseText = 2048
const maxCauses = 4
const clip = (text: string, length = maxText) => (text.length > length ? `${text.slice(0, length)}…` : text)

/** Firefox and Safari leave the message out of stacks; whoever prints only the stack should see it. */
const wholeStack = ({ name, message, stack = '' }: Error) =>
  stack.includes(message) ? stack : `${name}: ${message}\n${stack}`

/** Writes any thrown value down; what is no LaneError becomes 'EngineFailed'. The host reads it into RemoteFailed. */
export function toWireError(thrown: unknown): WireError {
  if (!(thrown instanceof Error)) return { code: 'EngineFailed', message: clip(String(thrown)) }
  const causes = causesOf(thrown)
  return {
    code: thrown instanceof LaneError ? thrown.code : 'EngineFailed',
    message: clip(thrown.message),
    ...(thrown.stack === undefined ? {} : { stack: clip(wholeStack(thrown)) }),
    ...(causes.length === 0 ? {} : { causes }),
  }
}

function causesOf({ cause }: Error): WireCause[] {
  const causes: WireCause[] = []
  let next = cause
  while (next !== undefined && next !== null && causes.length < maxCauses) {
    if (!(next instanceof Error)) {
      causes.push({ name: 'Error', message: clip(String(next), maxCauseText) })
      break
    }
    causes.push({
      name: clip(next.name, 100),
      message: clip(next.message, maxCauseText),
      ...(next.stack === undefined ? {} : { stack: clip(wholeStack(next), maxCauseText) }),
    })
    next = next.cause
  }
  return causes
}

/** The error again as one that can be thrown, with the names, stacks and causes that it had where it happened. */
export function fromWireError({ code, message, stack, causes = [] }: WireError): LaneError {
  let cause: Error | undefined
  for (const { name, ...rest } of causes.toReversed()) {
    const error = new Error(rest.message, cause === undefined ? undefined : { cause })
    error.name = name
    error.stack = rest.stack ?? `${name}: ${rest.message}`
    cause = error
  }
  const error = new LaneError(code, message, cause === undefined ? undefined : { cause })
  error.stack = stack ?? `LaneError: ${message}`
  return error
}

/**
 * The same error in fewer bytes: first without its causes, then without its stack, then with half its message;
 * undefined where nothing is left to cut.
 */
export function shortened({ code, message, stack, causes }: WireError): WireError | undefined {
  if (causes !== undefined) return { code, message, ...(stack === undefined ? {} : { stack }) }
  if (stack !== undefined) return { code, message }
  return message.length < 2 ? undefined : { code, message: `${message.slice(0, message.length / 2 - 1)}…` }
}

export const checkWireError: Check<WireError> = struct<WireError>({
  code: oneOf(...(Object.keys(codes) as WireErrorCode[])),
  message: string,
  stack: optional(string),
  causes: optional(array(struct<WireCause>({ name: string, message: string, stack: optional(string) }))),
})

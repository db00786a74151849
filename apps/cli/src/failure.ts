// How a failure ends the command: one line that says what to do, and an exit code. 2 is for what the caller can
// mend (wrong input, nothing to run on), 1 for a run that went wrong, 128 and the signal's number for one that was stopped.

import type * as Bridge from '@shoal/browser-bridge'
import type * as Onnx from '@shoal/onnx'
import type * as Pool from '@shoal/pool'
import type { InputUnreadable } from './input/InputUnreadable.ts'
import type { NobodyJoined } from './join/NobodyJoined.ts'
import type { OutputUnwritable } from './output/OutputUnwritable.ts'
import type { ReferenceMissing } from './proof/Reference.ts'

/** The tags of all error classes that a module exports. */
type TagsOf<M> = {
  [K in keyof M]: M[K] extends abstract new (
    ...args: never[]
  ) => { readonly _tag: infer T extends string }
    ? T
    : never
}[keyof M]

type Tag =
  | TagsOf<typeof Bridge>
  | TagsOf<typeof Onnx>
  | TagsOf<typeof Pool>
  | (ReferenceMissing | InputUnreadable | OutputUnwritable | NobodyJoined)['_tag']

/** Every error there is: one that is new does not compile until somebody has said whose it is to mend. */
const exitCodes: Readonly<Record<Tag, 1 | 2>> = {
  // Asked for what is not there, or what cannot be.
  BadModelRequest: 2,
  HubRefused: 2,
  HubUnreachable: 2,
  InputMismatch: 2,
  InputUnreadable: 2,
  InvalidInput: 2,
  InvalidOption: 2,
  LaunchUnsupported: 2,
  ModelCorrupt: 2,
  ModelFileMissing: 2,
  ModelIncomplete: 2,
  ModelNameRefused: 2,
  ModelNotFound: 2,
  ModelTooLarge: 2,
  ModelUnplaceable: 2,
  ModelUnreadable: 2,
  OnnxDecodeError: 2,
  RequestRefused: 2,
  TensorError: 2,
  UnsupportedOperators: 2,
  UnsupportedOption: 2,
  VersionMismatch: 2,
  // The machine lacks something that its owner can give.
  CacheUnwritable: 2,
  CertificateInvalid: 2,
  ConnectFailed: 2,
  ListenFailed: 2,
  NoBrowser: 2,
  NobodyJoined: 2,
  OutputUnwritable: 2,
  PageBuildFailed: 2,
  PortInUse: 2,
  ProfileFolderFailed: 2,
  ReferenceMissing: 2,
  // A run went wrong.
  BrowserDied: 1,
  BrowserRecycled: 1,
  ConnectionFailed: 1,
  ConnectionLost: 1,
  DeadlineExceeded: 1,
  InterruptedAfter: 1,
  LaneHung: 1,
  LaneLost: 1,
  LaneOpenFailed: 1,
  LaunchFailed: 1,
  ModelReleased: 1,
  OnnxEncodeError: 1,
  Overloaded: 1,
  PageFailed: 1,
  PoisonRequest: 1,
  PoolClosed: 1,
  RemoteFailed: 1,
  RequestAborted: 1,
  RequestCancelled: 1,
}

/** Codes of `RemoteFailed` for a request that would fail on any other lane too. */
const callersCodes: readonly Bridge.WireErrorCode[] = [
  'ModelFileMissing',
  'ModelInvalid',
  'UnknownTask',
  'UnsupportedOperator',
  'WrongInput',
]

export function exitCodeOf(error: unknown): number {
  if (!has(error, '_tag')) return 1
  if (error._tag === 'Interrupted' && has(error, 'exitCode')) return Number(error.exitCode)
  if (error._tag === 'RemoteFailed' && has(error, 'code') && callersCodes.some(code => code === error.code))
    return 2
  const tag = String(error._tag)
  return Object.hasOwn(exitCodes, tag) ? exitCodes[tag as Tag] : 1
}

/** The error in one line. What carries no tag is a defect of ours, so its stack is kept. */
export function lineOf(error: unknown): string {
  if (has(error, '_tag') && error instanceof Error) return error.message.replace(/\s*\n\s*/g, ' ')
  if (error instanceof Error) return error.stack ?? error.message
  return String(error)
}

function has<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && key in value
}

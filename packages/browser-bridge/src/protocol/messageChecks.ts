// What a decoded header must look like to be a message of its direction. One check for each type of messages.ts;
// the compiler holds the fields of both together.

import { isTensorDtype, type TensorDtype } from '@shoal/tensor'
import type { Check } from './check.ts'
import {
  array,
  boolean,
  either,
  natural,
  number,
  oneOf,
  optional,
  record,
  string,
  struct,
  tagged,
} from './check.ts'
import { freeValue } from './freeValue.ts'
import type {
  Adapter,
  AnswerNumber,
  Backend,
  BrowserIdentity,
  Capabilities,
  DeviceWelcome,
  FilesTaken,
  HostMessage,
  Limits,
  LoadTiming,
  ModelFile,
  ModelManifest,
  PageMessage,
  RefusalCode,
  RunInput,
  RunTiming,
  TaskInput,
  TensorDescriptor,
  TensorInput,
  ValueMetadata,
} from './messages.ts'
import { checkWireError } from './wireErrors.ts'

type MessageChecks<M extends { readonly t: string }> = {
  readonly [T in M['t']]: Check<Omit<Extract<M, { readonly t: T }>, 't' | 'tensors'>>
}

const backend: Check<Backend> = oneOf('wasm', 'webgpu', 'webnn-cpu', 'webnn-gpu', 'webnn-npu')
const dtype: Check<TensorDtype> = value => (isTensorDtype(value) ? undefined : ': expected a tensor dtype')

const limits = struct<Limits>({ maxHeaderBytes: natural, maxFrameBytes: natural, maxTensors: natural })

// A path that the page appends to a base it trusts: nothing in it may climb out of there.
const relativePath: Check<string> = value =>
  string(value) ??
  (/^\/|^[a-z][a-z0-9+.-]*:|\\|(^|\/)\.\.?(\/|$)/i.test(value as string)
    ? ': expected a path below its base'
    : undefined)

const modelDtype = oneOf('fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4')

const manifest = struct<ModelManifest>({
  key: string,
  name: string,
  kind: oneOf('graph', 'task'),
  task: optional(string),
  root: relativePath,
  graphFile: relativePath,
  dtype: modelDtype,
  partDtypes: optional(record(modelDtype)),
  files: array(struct<ModelFile>({ path: relativePath, bytes: natural, sha256: string })),
})

// What a stranger's page calls itself stands on somebody's terminal: nothing in it may move its cursor or turn its text.
const labelLength = 1024
const label: Check<string> = value =>
  string(value) ??
  ((value as string).length > labelLength || /[\p{Cc}\p{Cf}]/u.test(value as string)
    ? `: expected at most ${labelLength} characters, none of them for control`
    : undefined)

const pixels = struct({ width: natural, height: natural, channels: oneOf(1, 2, 3, 4) })
const taskInput = struct<TaskInput>({
  kind: oneOf('task'),
  text: optional(either(string, array(string), 'a string or strings')),
  image: optional(either(oneOf('encoded'), pixels, "'encoded' or { width, height, channels }")),
  audio: optional(struct({ samplingRate: number })),
  args: optional(array(freeValue)),
  options: optional(record(freeValue)),
})
const tensorInput = struct<TensorInput>({ kind: oneOf('tensors') })
const runInput = tagged<RunInput>('kind', { tensors: tensorInput, task: taskInput })

const refusal: Check<RefusalCode> = oneOf(
  'BuildMismatch',
  'ProtocolMismatch',
  'TokenInvalid',
  'TokenUsed',
  'TokenExpired',
  'TooManyAttempts',
  'TooManyConnections',
  'FrameRefused',
)

export const hostChecks: MessageChecks<HostMessage> = {
  welcome: struct({
    protocol: natural,
    build: string,
    connection: string,
    beatMs: natural,
    hostBeats: optional(boolean),
    filesBase: string,
    runtimeBase: string,
    limits,
    device: optional(struct<DeviceWelcome>({ name: string, othersForMs: optional(natural) })),
  }),
  refused: struct({ code: refusal, message: string, advice: string }),
  laneOpen: struct({ lane: natural, backend, threads: natural }),
  laneClose: struct({ lane: natural }),
  load: struct({
    id: natural,
    lane: natural,
    model: manifest,
    keepFiles: optional(boolean),
    sideBySide: optional(boolean),
  }),
  unload: struct({ id: natural, lane: natural, model: string }),
  run: struct({
    id: natural,
    lane: natural,
    model: string,
    input: runInput,
    outputs: optional(array(string)),
    returnInputs: optional(boolean),
    deadlineMs: number,
    stream: optional(natural),
  }),
  cancel: struct({ id: natural, lane: natural }),
  more: struct({ id: natural, lane: natural, parts: natural }),
  bye: struct({ reason: optional(string) }),
  hostBeat: struct({}),
}

const adapter = struct<Adapter>({
  vendor: label,
  architecture: label,
  description: label,
  software: boolean,
})

const capabilities = struct<Capabilities>({
  isolated: boolean,
  cores: natural,
  threads: natural,
  memoryGb: optional(number),
  wasm: struct({ simd: boolean, threads: boolean }),
  webgpu: optional(struct({ adapter, features: array(string), limits: record(number) })),
  webnn: struct({ cpu: boolean, gpu: boolean, npu: boolean }),
  reasons: record(string),
})

const browser = struct<BrowserIdentity>({ name: label, version: label, userAgent: label })

const values = array(
  struct<ValueMetadata>({
    name: string,
    dtype: either(dtype, oneOf('unknown'), "a tensor dtype or 'unknown'"),
    dims: array(either(number, string, 'a size or a symbol')),
  }),
)

export const pageChecks: MessageChecks<PageMessage> = {
  hello: struct({
    protocol: natural,
    build: string,
    token: string,
    browser,
    capabilities,
    resume: optional(string),
    device: optional(string),
  }),
  leave: struct({}),
  notes: struct({
    visibility: oneOf('visible', 'hidden', 'frozen'),
    handheld: boolean,
    battery: optional(struct({ level: number, charging: boolean })),
  }),
  beat: struct({ mainAgeMs: number }),
  laneOpened: struct({ lane: natural, backend, threads: natural, adapter: optional(adapter) }),
  laneFailed: struct({ lane: natural, error: checkWireError }),
  laneClosed: struct({ lane: natural }),
  laneBeat: struct({ lane: natural }),
  loaded: struct({
    id: natural,
    timing: struct<LoadTiming>({ queueMs: number, fetchMs: number, createMs: number }),
    inputs: values,
    outputs: values,
    files: optional(
      struct<FilesTaken>({ downloadedBytes: natural, keptBytes: natural, note: optional(string) }),
    ),
    heapGrewBytes: optional(natural),
  }),
  progress: struct({ id: natural, file: string, loaded: natural, total: natural }),
  unloaded: struct({ id: natural }),
  begin: struct({ id: natural }),
  part: struct({ id: natural, seq: natural, json: optional(freeValue) }),
  result: struct({
    id: natural,
    timing: struct<RunTiming>({
      queueMs: number,
      preprocessMs: number,
      computeMs: number,
      postprocessMs: number,
    }),
    inputs: natural,
    made: optional(struct<AnswerNumber>({ worker: string, number: natural })),
    json: optional(freeValue),
  }),
  failed: struct({ id: natural, error: checkWireError, retryable: boolean }),
}

export const checkDescriptors: Check<readonly TensorDescriptor[]> = array(
  struct<TensorDescriptor>({
    name: string,
    dtype,
    dims: array(natural),
    byteLength: natural,
    strings: optional(array(string)),
  }),
)

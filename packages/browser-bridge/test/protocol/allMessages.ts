// Arbitrary messages of every kind, for property tests. The compiler holds the list complete.

import * as fc from 'fast-check'
import type {
  HostMessage,
  Limits,
  ModelManifest,
  PageMessage,
  RunInput,
} from '../../src/protocol/messages.ts'
import type { WireError } from '../../src/protocol/wireErrors.ts'
import { parts, results, runs, tensors } from './messages.ts'

type Kinds<M extends { readonly t: string }> = {
  readonly [T in M['t']]: fc.Arbitrary<Extract<M, { readonly t: T }>>
}

const text = fc.string({ unit: 'grapheme', maxLength: 20 })
/** What a page says for people, or calls itself, holds no character for control, as some emoji do. */
const label = fc.string({ unit: 'grapheme-ascii', maxLength: 20 })
const natural = fc.nat()
const ms = fc.double({ min: 0, max: 1e7, noNaN: true }).map(value => value + 0)
const backend = fc.constantFrom('wasm', 'webgpu', 'webnn-cpu', 'webnn-gpu', 'webnn-npu')
const some = { requiredKeys: [] as [] }
const path = fc.stringMatching(/^[a-z0-9_]{1,8}(\/[a-z0-9_]{1,8}){0,2}$/)
const limits: fc.Arbitrary<Limits> = fc.record({
  maxHeaderBytes: natural,
  maxFrameBytes: natural,
  maxTensors: natural,
})
const cause = fc
  .tuple(fc.record({ name: label, message: label }), fc.record({ stack: label }, some))
  .map(merged)
const error: fc.Arbitrary<WireError> = fc
  .tuple(
    fc.record({
      code: fc.constantFrom<WireError['code'][]>('OutOfMemory', 'WrongInput', 'EngineFailed', 'LaneGone'),
      message: label,
    }),
    fc.record({ stack: label, causes: fc.array(cause, { maxLength: 4 }) }, some),
  )
  .map(merged)
const model: fc.Arbitrary<ModelManifest> = fc
  .tuple(
    fc.record({
      key: text,
      name: text,
      kind: fc.constantFrom('graph', 'task'),
      root: path,
      graphFile: path,
      dtype: fc.constantFrom('fp32', 'fp16', 'q8', 'q4'),
      files: fc.array(fc.record({ path, bytes: natural, sha256: text }), { maxLength: 3 }),
    }),
    fc.record({ task: text }, some),
  )
  .map(merged)
const graphInput: fc.Arbitrary<RunInput> = fc.constant({ kind: 'tensors' })
const values = fc.array(
  fc.record({
    name: text,
    dtype: fc.constantFrom('float32', 'string', 'unknown'),
    dims: fc.array(fc.oneof(natural, text), { maxLength: 3 }),
  }),
  { maxLength: 3 },
)
const adapter = fc.record({ vendor: label, architecture: label, description: label, software: fc.boolean() })
const capabilities = fc
  .tuple(
    fc.record({
      isolated: fc.boolean(),
      cores: natural,
      threads: natural,
      wasm: fc.record({ simd: fc.boolean(), threads: fc.boolean() }),
      webnn: fc.record({ cpu: fc.boolean(), gpu: fc.boolean(), npu: fc.boolean() }),
      reasons: fc.record({ wasm: label, webgpu: label }, some),
    }),
    fc.record(
      {
        memoryGb: ms,
        webgpu: fc.record({
          adapter,
          features: fc.array(text, { maxLength: 3 }),
          limits: fc.constant({ maxBufferSize: 1 }),
        }),
      },
      some,
    ),
  )
  .map(merged)

function merged<A, B>([first, second]: [A, B]): A & B {
  return { ...first, ...second }
}

/** Every field that must be there, any of those that may. */
const message = <const T extends string, F extends object, O extends object = object>(
  t: T,
  fields: { [K in keyof F]: fc.Arbitrary<F[K]> },
  optional?: { [K in keyof O]: fc.Arbitrary<O[K]> },
) =>
  fc
    .tuple(
      fc.record(fields as Record<string, fc.Arbitrary<unknown>>),
      fc.record((optional ?? {}) as Record<string, fc.Arbitrary<unknown>>, some),
    )
    .map(([given, maybe]) => ({ t, ...given, ...maybe }) as { t: T } & F & Partial<O>)

export const hostKinds: Kinds<HostMessage> = {
  welcome: message(
    'welcome',
    {
      protocol: natural,
      build: text,
      connection: text,
      beatMs: natural,
      filesBase: text,
      runtimeBase: text,
      limits,
    },
    {
      hostBeats: fc.boolean(),
      device: fc.tuple(fc.record({ name: text }), fc.record({ othersForMs: natural }, some)).map(merged),
    },
  ),
  refused: message('refused', {
    code: fc.constantFrom('BuildMismatch', 'TokenInvalid', 'FrameRefused', 'TooManyAttempts'),
    message: text,
    advice: text,
  }),
  laneOpen: message('laneOpen', { lane: natural, backend, threads: natural }),
  laneClose: message('laneClose', { lane: natural }),
  load: message('load', { id: natural, lane: natural, model }),
  unload: message('unload', { id: natural, lane: natural, model: text }),
  run: fc.oneof(
    runs,
    message(
      'run',
      { id: natural, lane: natural, model: text, input: graphInput, deadlineMs: ms, tensors },
      { outputs: fc.array(text, { maxLength: 3 }), returnInputs: fc.boolean(), stream: natural },
    ),
  ),
  cancel: message('cancel', { id: natural, lane: natural }),
  more: message('more', { id: natural, lane: natural, parts: natural }),
  bye: fc.record({ reason: text }, some).map(rest => ({ t: 'bye', ...rest })),
  hostBeat: fc.constant({ t: 'hostBeat' }),
}

export const pageKinds: Kinds<PageMessage> = {
  hello: message(
    'hello',
    {
      protocol: natural,
      build: text,
      token: text,
      browser: fc.record({ name: label, version: label, userAgent: label }),
      capabilities,
    },
    { resume: text, device: text },
  ),
  leave: fc.constant({ t: 'leave' }),
  notes: message(
    'notes',
    { visibility: fc.constantFrom('visible', 'hidden', 'frozen'), handheld: fc.boolean() },
    { battery: fc.record({ level: fc.constantFrom(0, 0.5, 1), charging: fc.boolean() }) },
  ),
  beat: message('beat', { mainAgeMs: ms }),
  laneOpened: message('laneOpened', { lane: natural, backend, threads: natural }, { adapter }),
  laneFailed: message('laneFailed', { lane: natural, error }),
  laneClosed: message('laneClosed', { lane: natural }),
  laneBeat: message('laneBeat', { lane: natural }),
  loaded: message(
    'loaded',
    {
      id: natural,
      timing: fc.record({ queueMs: ms, fetchMs: ms, createMs: ms }),
      inputs: values,
      outputs: values,
    },
    { heapGrewBytes: natural },
  ),
  progress: message('progress', { id: natural, file: label, loaded: natural, total: natural }),
  unloaded: message('unloaded', { id: natural }),
  begin: message('begin', { id: natural }),
  part: parts,
  result: results,
  failed: message('failed', { id: natural, error, retryable: fc.boolean() }),
}

const anyOf = <M extends { readonly t: string }>(kinds: Kinds<M>): fc.Arbitrary<M> =>
  fc.oneof(...(Object.values(kinds) as fc.Arbitrary<M>[]))

export const hostMessages: fc.Arbitrary<HostMessage> = anyOf<HostMessage>(hostKinds)
export const pageMessages: fc.Arbitrary<PageMessage> = anyOf<PageMessage>(pageKinds)

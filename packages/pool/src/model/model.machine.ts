// The life of a model in the pool: resolving → placing → loading → warming → ready → draining → unloaded, or failed;
// resting while it is on no lane for want of use or of room, until it is used. The machine holds what a person wants to
// see; finding files, loading replicas and unloading are actors supplied where it is wired. It says where replicas are and
// carries no traffic.

import { fromEffect } from '@shoal/core'
import type { StoredModel } from '@shoal/model-store'
import type { ModelSignature } from '@shoal/onnx'
import { Effect } from 'effect'
import { assign, setup } from 'xstate'
import type { ModelBatching } from '../batching/batchingOf.ts'
import type { ResolvedSpec } from '../ModelSpec.ts'
import type { IgnoredOption } from './IgnoredOption.ts'
import type { Footprint } from './LoadFactors.ts'
import type { RestReason } from './Residency.ts'

/** One connection's copy of the model. */
export type ReplicaState =
  | { readonly _tag: 'loading'; readonly backend: string }
  | { readonly _tag: 'warming'; readonly backend: string }
  | {
      readonly _tag: 'ready'
      readonly backend: string
      readonly loadMs: number
      readonly warmMs: number | undefined
      /** Why the sample that nobody asked for could not be run. */
      readonly coldBecause?: string
      /** What it takes there, as far as it is known. */
      readonly memory: Footprint
      /** Why platforms that the model prefers to this one were passed over. */
      readonly passedOver?: readonly string[]
    }
  /** It is loaded there again when it is next used, or as soon as there is room. */
  | { readonly _tag: 'unloaded'; readonly why: RestReason | 'no room' }
  | { readonly _tag: 'refused'; readonly reason: string }

export interface ModelInput {
  readonly spec: ResolvedSpec
}

export interface ModelContext {
  readonly spec: ResolvedSpec
  readonly found: FoundModel | undefined
  readonly replicas: Readonly<Record<string, ReplicaState>>
  readonly error: unknown
}

/** The files that a name turned out to be, and what the graph in them takes and gives. */
export interface FoundModel {
  readonly stored: StoredModel
  readonly signature: ModelSignature
  /** What it gives an engine to keep, before any factor. */
  readonly engineBytes: number
  readonly batching: ModelBatching | undefined
  /** What was asked for and changes nothing. */
  readonly ignored: readonly IgnoredOption[]
}

/** What is served: what was asked for, and what was found. */
export interface ServedModel extends FoundModel {
  readonly spec: ResolvedSpec
}

export type ModelEvent =
  | { readonly type: 'replica'; readonly connection: string; readonly state: ReplicaState }
  | { readonly type: 'replica.gone'; readonly connection: string }
  /** No connection that is up or starting can hold it. */
  | { readonly type: 'hopeless'; readonly error: unknown }
  | { readonly type: 'release' }

export const modelMachine = setup({
  types: {} as { input: ModelInput; context: ModelContext; events: ModelEvent },
  actors: {
    /** Finds the model's files. */
    resolve: fromEffect<FoundModel, unknown, ResolvedSpec>(() =>
      Effect.die('model.machine: resolve is not wired'),
    ),
    /** Loads the model on every connection that may hold it, for as long as it is served; never ends by itself. */
    replicas: fromEffect<never, never, ServedModel, ModelEvent>(() =>
      Effect.die('model.machine: replicas is not wired'),
    ),
    /** Ends when no request of the model is open. */
    drain: fromEffect<void, never, ModelContext>(() => Effect.die('model.machine: drain is not wired')),
    unload: fromEffect<void, never, ModelContext>(() => Effect.die('model.machine: unload is not wired')),
  },
  guards: {
    anyReady: ({ context }) => hasReplica(context, 'ready'),
    anyWarming: ({ context }) => hasReplica(context, 'warming'),
    anyLoading: ({ context }) => hasReplica(context, 'loading'),
    anyUnloaded: ({ context }) => hasReplica(context, 'unloaded'),
  },
  actions: {
    noteReplica: assign(({ context, event }) =>
      event.type === 'replica' ? { replicas: { ...context.replicas, [event.connection]: event.state } } : {},
    ),
    forgetReplica: assign(({ context, event }) => {
      if (event.type !== 'replica.gone') return {}
      const { [event.connection]: _gone, ...replicas } = context.replicas
      return { replicas }
    }),
    noteHopeless: assign({ error: ({ event }) => (event.type === 'hopeless' ? event.error : undefined) }),
  },
}).createMachine({
  id: 'model',
  context: ({ input }) => ({ spec: input.spec, found: undefined, replicas: {}, error: undefined }),
  initial: 'resolving',
  states: {
    resolving: {
      invoke: {
        src: 'resolve',
        input: ({ context }) => context.spec,
        onDone: { target: 'held', actions: assign({ found: ({ event }) => event.output }) },
        onError: { target: 'failed', actions: assign({ error: ({ event }) => event.error }) },
      },
      on: { release: 'unloaded' },
    },
    /** Its replicas are kept for as long as it may have to answer, draining included. */
    held: {
      invoke: {
        src: 'replicas',
        input: ({ context }) => ({ spec: context.spec, ...foundOf(context) }),
      },
      on: {
        replica: { actions: 'noteReplica' },
        'replica.gone': { actions: 'forgetReplica' },
      },
      initial: 'serving',
      states: {
        serving: {
          on: {
            replica: { target: '.placing', actions: 'noteReplica' },
            'replica.gone': { target: '.placing', actions: 'forgetReplica' },
            hopeless: { target: '#model.failed', actions: 'noteHopeless' },
            release: 'draining',
          },
          initial: 'placing',
          states: {
            /** Where it stands is what its furthest replica has reached. */
            placing: {
              always: [
                { guard: 'anyReady', target: 'ready' },
                { guard: 'anyWarming', target: 'warming' },
                { guard: 'anyLoading', target: 'loading' },
                { guard: 'anyUnloaded', target: 'resting' },
              ],
            },
            loading: {},
            warming: {},
            ready: {},
            resting: {},
          },
        },
        draining: { invoke: { src: 'drain', input: ({ context }) => context, onDone: 'unloading' } },
        unloading: { invoke: { src: 'unload', input: ({ context }) => context, onDone: '#model.unloaded' } },
      },
    },
    unloaded: { type: 'final' },
    /** Asked for again, a failed model is tried afresh by a new actor. */
    failed: { type: 'final' },
  },
})

function hasReplica(context: ModelContext, tag: ReplicaState['_tag']): boolean {
  return Object.values(context.replicas).some(replica => replica._tag === tag)
}

function foundOf(context: ModelContext): FoundModel {
  if (!context.found) throw new Error('model: served before its files were resolved')
  return context.found
}

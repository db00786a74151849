// The actor of one model: model.machine with its real actors. Where replicas are is its business; requests go
// past it, from the dispatcher to the lanes.

import { type Behavior, behavior, fromEffect } from '@shoal/core'
import type { ModelProgress, ModelStore } from '@shoal/model-store'
import { Effect } from 'effect'
import type { SnapshotFrom } from 'xstate'
import type { Answer } from '../Answer.ts'
import { batchingOf } from '../batching/batchingOf.ts'
import type { Dispatcher } from '../Dispatcher.ts'
import { ModelReleased } from '../errors.ts'
import type { Fleet } from '../fleet/Fleet.ts'
import type { Ledger } from '../Ledger.ts'
import type { ResolvedSpec } from '../ModelSpec.ts'
import type { PerformanceHistory } from '../PerformanceHistory.ts'
import type { BrowserPreferences } from '../routing/preferences.ts'
import type { Work } from '../Work.ts'
import { type IgnoredOption, ignoredOptions, ignoredPrecision } from './IgnoredOption.ts'
import { inspectGraph } from './inspectGraph.ts'
import type { LoadFactors } from './LoadFactors.ts'
import type { LoadProgress } from './loadCopy.ts'
import { type ModelEvent, type ModelInput, modelMachine, type ServedModel } from './model.machine.ts'
import { Replicas } from './Replicas.ts'
import type { Residency } from './Residency.ts'

export type ModelSnapshot = SnapshotFrom<typeof modelMachine>

/**
 * How far the loading of a model is: files coming to the host, or from the host into a page; a stage it has reached; or what
 * was asked for and changes nothing, with the reason.
 */
export type ModelLoading =
  | { readonly _tag: 'stage'; readonly stage: string }
  | ({ readonly _tag: 'fetching' } & ModelProgress)
  | ({ readonly _tag: 'loading' } & LoadProgress)
  | ({ readonly _tag: 'ignored' } & IgnoredOption)

export interface ModelActorOptions {
  /** The id that its requests carry in the ledger. */
  readonly id: string
  readonly store: ModelStore
  readonly fleet: Fleet
  readonly ledger: Ledger<Work, Answer>
  readonly dispatcher: Dispatcher
  readonly history: PerformanceHistory
  readonly residency: Residency
  readonly loadFactors: LoadFactors
  readonly preferences: BrowserPreferences
  readonly starting: (trust: ResolvedSpec['trust']) => number
  readonly warmUpLimitMs: number
  /** Every copy is run once before it is ready, whatever the model asks for: any may have to stand in at once. */
  readonly warmAlways: boolean
  /** Hears that a model is gone for good. */
  readonly onGone: (id: string) => void
  readonly onLoading: (loading: ModelLoading) => void
}

/** How long a released model waits for requests that are still open. */
const drainLimit = '30 seconds'

export function modelBehavior(options: ModelActorOptions): Behavior<ModelEvent, ModelSnapshot, ModelInput> {
  const { id, store, fleet, ledger, dispatcher, onLoading } = options
  let replicas: Replicas | undefined
  return behavior({
    logic: modelMachine.provide({
      actors: {
        resolve: fromEffect(({ input }) =>
          Effect.gen(function* () {
            const fetched = new Set<string>()
            const stored = yield* store.resolve(input.name, {
              ...filesOf(input),
              onProgress: progress => {
                if (progress.source === 'hub') fetched.add(progress.file)
                onLoading({ _tag: 'fetching', ...progress })
              },
            })
            const paths = stored.files.map(({ path }) => path)
            const ignored: readonly IgnoredOption[] = [
              ...ignoredPrecision(input, stored),
              ...ignoredOptions(input, paths, fetched),
            ]
            for (const one of ignored) onLoading({ _tag: 'ignored', ...one })
            const { signature, engineBytes } = yield* inspectGraph(stored)
            const batching = batchingOf(input, signature)
            if (batching instanceof Error) return yield* batching
            return { stored, signature, engineBytes, batching, ignored }
          }),
        ),
        replicas: fromEffect<never, never, ServedModel, ModelEvent>(({ input, sendBack }) =>
          Effect.acquireRelease(
            Effect.sync(() => {
              replicas = new Replicas({
                model: id,
                ...input,
                fleet,
                dispatcher,
                residency: options.residency,
                loadFactors: options.loadFactors,
                preferences: options.preferences,
                history: options.history,
                starting: options.starting,
                emit: sendBack,
                onProgress: progress => onLoading({ _tag: 'loading', ...progress }),
                warmUpLimitMs: options.warmUpLimitMs,
                warmAlways: options.warmAlways,
              })
              return replicas
            }),
            own => Effect.sync(() => own.stop()),
          ).pipe(Effect.andThen(Effect.never)),
        ),
        drain: fromEffect(({ input }) =>
          Effect.promise(() => ledger.settled(id)).pipe(
            Effect.timeout(drainLimit),
            Effect.catch(() => Effect.void),
            Effect.andThen(Effect.sync(() => ledger.failAll(releasedError(input.spec.name), id))),
          ),
        ),
        unload: fromEffect(() => Effect.promise(async () => replicas?.release())),
      },
    }),
  })
}

export function releasedError(model: string): ModelReleased {
  return new ModelReleased({ model, message: `${model} was released; call getModel again to use it.` })
}

/** What is wanted of the files under its name. */
export function filesOf(spec: ResolvedSpec) {
  return {
    dtype: spec.dtype,
    sideBySide: spec.optimizations.parallelLoading,
    ...(spec.task === undefined ? {} : { task: spec.task }),
  }
}

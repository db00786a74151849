// Describes children and supervisors, and refuses where it is written what cannot work. Nothing runs.

import { Duration, type Schedule } from 'effect'
import type { EventObject } from 'xstate'
import type { Behavior } from './Behavior.ts'
import type { AnySpec, ChildSpec, SupervisorSpec } from './ChildSpec.ts'
import { InvalidSpec } from './errors.ts'
import type { ShutdownLimit } from './ShutdownLimit.ts'
import type { StartContext } from './StartContext.ts'
import type { AutoShutdown, RestartType, StrategyName } from './Strategy.ts'

type ShutdownOption = Duration.Input | 'brutal' | 'infinity'

interface SupervisedOptions {
  /** Default `permanent`. */
  readonly restart?: RestartType
  /** How long it may take to stop and release: default 5 s for an actor, `infinity` for a supervisor. */
  readonly shutdown?: ShutdownOption
  /** Whether its own end can end its supervisor (see `autoShutdown`). Not for permanent children. */
  readonly significant?: boolean
}

type InputOption<I> = undefined extends I
  ? { readonly input?: I | ((context: StartContext) => I) }
  : { readonly input: I | ((context: StartContext) => I) }

/** What `child` takes. `input` is required where the behaviour needs one. */
export type ChildOptions<M extends EventObject, S, I> = SupervisedOptions & {
  readonly id: string
  readonly behavior: Behavior<M, S, I>
} & InputOption<I>

/** Describes an actor to supervise. A function as `input` is called at each start. */
export function child<M extends EventObject, S, I>(options: ChildOptions<M, S, I>): ChildSpec<M, S> {
  const { input } = options as { readonly input?: unknown }
  const { id, restart, shutdown, significant } = supervised(options, 5000)
  if (!isObject(options.behavior) || !('logic' in options.behavior)) {
    invalid(id, 'it has no behaviour', 'give what behavior({ logic }) makes')
  }
  // Field by field: there may be a hundred thousand of these, and what is spread takes an object more.
  return {
    _tag: 'Worker',
    id,
    behavior: options.behavior as unknown as Behavior<M, S>,
    input: inputFunction(input),
    restart,
    shutdown,
    significant,
  }
}

const noInput = () => undefined

function inputFunction(input: unknown): (context: StartContext) => unknown {
  if (input === undefined) return noInput
  return typeof input === 'function' ? (input as (context: StartContext) => unknown) : () => input
}

/** How often a supervisor restarts children before it gives up, and how long it waits. */
interface RestartOptions {
  /** Restarts allowed within `period`; default 1, as in OTP. */
  readonly intensity?: number
  /** Default 5 s, as in OTP. */
  readonly period?: Duration.Input
  /** Waits before each restart; starts over once a child has lived longer than `period`. Default: no wait. */
  readonly backoff?: Schedule.Schedule<unknown>
}

/** What `supervisor` takes. */
export interface SupervisorOptions extends SupervisedOptions, RestartOptions {
  readonly id: string
  /** Which children go with one that dies; default `one_for_one`. */
  readonly strategy?: StrategyName
  /** Started in this order, stopped in reverse. */
  readonly children?: readonly AnySpec[]
  readonly autoShutdown?: AutoShutdown
}

/** Describes a supervisor of known children; more can be started while it runs. */
export function supervisor(options: SupervisorOptions): SupervisorSpec {
  const spec = supervisorSpec('static', options)
  const ids = new Set<string>()
  for (const each of spec.children) {
    expectSpec(spec.id, each)
    const { id } = each
    if (ids.has(id)) invalid(spec.id, `two children are called "${id}"`, 'give each child its own id')
    ids.add(id)
    expectFitting(spec, each)
  }
  return spec
}

/** Throws InvalidSpec for a child that cannot work under this supervisor. */
export function expectFitting({ id: supervisorId, autoShutdown }: SupervisorSpec, spec: AnySpec): void {
  expectSpec(supervisorId, spec)
  const { id, significant } = spec
  if (significant && autoShutdown === 'never') {
    invalid(id, 'it is significant, but its supervisor never shuts itself down', 'set autoShutdown')
  }
}

/** Not everybody has a type checker. */
function expectSpec(supervisorId: string, given: unknown): void {
  if (isObject(given) && '_tag' in given && (given._tag === 'Worker' || given._tag === 'Supervisor')) return
  invalid(
    supervisorId,
    'one of its children is no specification',
    'give what child({ … }) or supervisor({ … }) makes',
  )
}

const isObject = (given: unknown): given is object => typeof given === 'object' && given !== null

/** What `dynamicSupervisor` takes. */
export interface DynamicSupervisorOptions extends SupervisedOptions, RestartOptions {
  readonly id: string
  readonly autoShutdown?: AutoShutdown
}

/** Describes a supervisor of children that come and go: one_for_one, forgets those that end, stops all at once. */
export const dynamicSupervisor = (options: DynamicSupervisorOptions): SupervisorSpec =>
  supervisorSpec('dynamic', options)

function supervisorSpec(kind: SupervisorSpec['kind'], options: SupervisorOptions): SupervisorSpec {
  const {
    id,
    intensity = 1,
    period = '5 seconds',
    strategy = 'one_for_one',
    autoShutdown = 'never',
  } = options
  expectOne(id, 'strategy', strategy, kind === 'dynamic' ? ['one_for_one'] : strategies)
  expectOne(id, 'autoShutdown', autoShutdown, autoShutdowns)
  if (!Number.isInteger(intensity) || intensity < 0) {
    invalid(options.id, `the intensity is ${intensity}`, 'give a whole number of at least 0')
  }
  return {
    _tag: 'Supervisor',
    ...supervised(options, 'infinity'),
    kind,
    strategy,
    intensity,
    periodMs: milliseconds(options.id, 'period', period),
    backoff: options.backoff,
    autoShutdown,
    children: options.children ?? [],
  }
}

function supervised(options: SupervisedOptions & { readonly id: string }, defaultLimit: ShutdownLimit) {
  const { id, restart = 'permanent', shutdown = defaultLimit, significant = false } = options
  if (typeof id !== 'string' || id === '' || id.includes('/'))
    invalid(String(id), 'an id is one name of a path', 'give a short name without "/"')
  expectOne(id, 'restart', restart, restartTypes)
  if (significant && restart === 'permanent') {
    invalid(
      id,
      'a permanent child never ends by itself',
      'make it transient or temporary, or not significant',
    )
  }
  const limit: ShutdownLimit =
    shutdown === 'brutal' || shutdown === 'infinity' ? shutdown : milliseconds(id, 'shutdown', shutdown)
  return { id, restart, shutdown: limit, significant }
}

function milliseconds(id: string, what: string, duration: Duration.Input): number {
  const ms = millisecondsIn(duration)
  if (Number.isFinite(ms) && ms >= 0) return ms
  return invalid(
    id,
    `its ${what} is ${String(duration)}`,
    'give a finite duration: milliseconds, or text like "5 seconds"',
  )
}

function millisecondsIn(duration: Duration.Input): number {
  try {
    // Effect takes NaN for nothing.
    return Number.isNaN(duration) ? Number.NaN : Duration.toMillis(duration)
  } catch {
    return Number.NaN
  }
}

const strategies: readonly StrategyName[] = ['one_for_one', 'one_for_all', 'rest_for_one']
const restartTypes: readonly RestartType[] = ['permanent', 'transient', 'temporary']
const autoShutdowns: readonly AutoShutdown[] = ['never', 'any_significant', 'all_significant']

function expectOne(id: string, what: string, given: string, allowed: readonly string[]): void {
  if (!allowed.includes(given)) invalid(id, `its ${what} is ${given}`, `give ${allowed.join(', ')}`)
}

function invalid(id: string, problem: string, advice: string): never {
  throw new InvalidSpec({ id, problem, advice })
}

// Runs one script on core, on a virtual clock, and gives its trace.

import { Effect, Exit } from 'effect'
import type { Cell } from '../../src/Cell.ts'
import {
  ActorSystem,
  type AnySpec,
  dynamicSupervisor,
  type ExitReason,
  type LifecycleEvent,
  RestartIntensityExceeded,
  StartFailed,
  type SupervisorSpec,
  supervisor,
} from '../../src/index.ts'
import type { PromiseSystem } from '../../src/promise.ts'
import { VirtualClock } from '../../src/testing/index.ts'
import { oracleWorker, type Stage, type Work } from './OracleWorker.ts'
import {
  type Arm,
  type How,
  type Order,
  parentOf,
  type Release,
  type Script,
  type Step,
  type SupervisorNode,
  supervisorsIn,
  type TreeNode,
} from './Script.ts'
import { promised, type StepTrace, type SupervisorState, type Trace, type TraceEvent } from './Trace.ts'

/** Where in its life a worker ended. */
export type Phase = 'starting' | 'running' | 'stopping' | 'restarting'

/** An end of a worker that really happened: for the coverage. */
export interface End {
  readonly path: string
  readonly how: How
  readonly phase: Phase
}

const turn = () => new Promise<void>(resolve => setImmediate(resolve))
const quietTurns = 4

export class CoreRun implements Stage {
  readonly ends: End[] = []
  readonly #script: Script
  readonly #clock = new VirtualClock()
  readonly #cells = new Map<string, Cell>()
  readonly #arms = new Map<string, { starts: readonly How[]; orders: readonly Order[] }>()
  readonly #started = new Set<string>()
  readonly #live = new Set<string>()
  readonly #supervisors: ReadonlyMap<string, { readonly isDynamic: boolean }>
  readonly #releases = new Map<string, Release>()
  /** Starts under way that fail although core begins an incarnation: what core says of their incarnations is no news. */
  readonly #failing = new Set<string>()
  readonly #dying = new Set<string>()
  #events: TraceEvent[] = []
  #answers: Answer[] = []
  #system: PromiseSystem | undefined

  constructor(script: Script) {
    this.#script = script
    this.#supervisors = supervisorsIn(script)
  }

  async run(): Promise<Trace> {
    const { tree, arms, steps } = this.#script
    const system = await ActorSystem.start({
      name: 'oracle',
      intensity: 1_000_000,
      clock: this.#clock,
      log: 'off',
    })
    this.#system = system
    system.events.subscribe(event => this.#onEvent(event))
    this.#arm(arms)
    const begun = this.#ask(() => system.effect.spawn(this.#supervisor('', tree)))
    const trace = [await this.#finish(begun)]
    for (const step of steps) trace.push(await this.#finish(this.#step(system, step)))
    await system.stop()
    return trace
  }

  // Stage

  nextStart(path: string): How | 'up' {
    const arm = this.#arms.get(path)
    const [how, ...starts] = arm?.starts ?? []
    if (arm === undefined || how === undefined) return 'up'
    this.#arms.set(path, { starts, orders: [] })
    const parent = parentOf(path)
    // A supervisor that is itself being started takes no orders.
    const begun = this.#events.some(([mark, at]) => mark === '+' && at === parent)
    if (!begun) for (const order of arm.orders) this.#answers.push(this.#order(parent, order))
    if (how === 'abnormal' || how === 'killed') this.#events.push(['!', path, ''])
    if (how === 'killed') this.#failing.add(path)
    else this.#dying.add(path)
    this.ends.push({ path, how, phase: this.#started.has(path) ? 'restarting' : 'starting' })
    return how
  }

  occupied(path: string, cell: Cell): void {
    this.#cells.set(path, cell)
  }

  #arm(arms: readonly Arm[]): void {
    for (const { path, starts, orders } of arms) this.#arms.set(path, { starts, orders })
  }

  // The tree

  #spec(parent: string, node: TreeNode): AnySpec {
    if (node.kind === 'supervisor') return this.#supervisor(`${parent}/`, node)
    this.#releases.set(`${parent}/${node.id}`, node.release)
    return oracleWorker(this, parent, node)
  }

  #supervisor(prefix: string, node: SupervisorNode): SupervisorSpec {
    const { id, strategy, intensity, period, autoShutdown, restart, significant } = node
    const path = `${prefix}${id}`
    // The root of the system stands for the process that starts OTP's tree: it restarts nothing.
    const own = { restart: prefix === '' ? ('temporary' as const) : restart, significant }
    const common = { ...own, id, intensity, period: period * 1000, autoShutdown }
    if (strategy === 'dynamic') return dynamicSupervisor(common)
    const children = node.children.map(each => this.#spec(path, each))
    return supervisor({ ...common, strategy, children })
  }

  // Steps

  #step(system: PromiseSystem, step: Step): Answer {
    switch (step.do) {
      case 'die':
        this.#arm(step.arms)
        return { word: this.#die(system, step.path, step.how) ? 'ok' : 'absent' }
      case 'together': {
        const died = step.paths.filter(path => this.#die(system, path, step.how))
        return { word: died.length > 0 ? 'ok' : 'absent' }
      }
      case 'order':
        this.#arm(step.arms)
        return this.#live.has(step.path) ? this.#order(step.path, step.order) : { word: 'absent' }
      case 'wait': {
        const second = Math.floor(this.#clock.now() / 1000)
        while (this.#clock.step((second + step.seconds) * 1000)) {}
        return { word: 'ok' }
      }
      case 'stop': {
        const top = this.#script.tree.id
        const sup = system.effect.lookupSupervisor(`/${top}`)
        return sup === undefined ? { word: 'absent' } : this.#ask(() => sup.stop())
      }
    }
  }

  #die(system: PromiseSystem, path: string, how: How): boolean {
    const cell = this.#cells.get(path)
    if (cell === undefined) return false
    this.#dying.add(path)
    this.ends.push({ path, how, phase: 'running' })
    if (how === 'killed') cell.kill()
    else if (how === 'shutdown') cell.stop()
    else system.lookup<Work>(`/${path}`)?.tell({ type: how })
    return true
  }

  /** Sends at once; the answer comes later. */
  #order(path: string, order: Order): Answer {
    const sup = this.#system?.effect.lookupSupervisor(`/${path}`)
    const node = this.#supervisors.get(path)
    if (sup === undefined || node === undefined) return { word: 'gone' }
    // OTP forgets a dynamic child's process, and has no objection to terminating one that it has forgotten.
    const forgotten = node.isDynamic && this.#started.has(`${path}/${order.id}`)
    return this.#ask((): Effect.Effect<unknown, unknown> => {
      switch (order.op) {
        case 'terminate':
          return sup.terminateChild(order.id)
        case 'restart':
          return sup.restartChild(order.id)
        case 'delete':
          return sup.deleteChild(order.id)
        case 'start': {
          const spec = this.#spec(path, order.child)
          return spec._tag === 'Worker' ? sup.startChild(spec) : sup.startChild(spec)
        }
      }
    }, forgotten)
  }

  #ask(make: () => Effect.Effect<unknown, unknown>, forgotten = false): Answer {
    const answer: Answer = { word: undefined }
    Effect.runFork(Effect.exit(Effect.suspend(make))).addObserver(exit => {
      const word = Exit.isSuccess(exit) ? wordOf(exit.value) : 'defect'
      answer.word = word === 'not_found' && forgotten ? 'ok' : word
    })
    return answer
  }

  // What happens

  async #finish(answer: Answer): Promise<StepTrace> {
    await this.#quiet()
    const results = [answer, ...this.#answers].map(({ word }) => word ?? 'gone')
    const events = this.#events
    const states = [...this.#live].sort().map(path => this.#state(path))
    this.#events = []
    this.#answers = []
    this.#arms.clear()
    return promised({ results, events, states }, this.#supervisors)
  }

  /** Nothing new for some turns, no timer set, nobody waiting. */
  async #quiet(): Promise<void> {
    let still = 0
    for (let rounds = 0; still < quietTurns; rounds++) {
      if (rounds > 10_000) throw new Error(`script ${this.#script.index} does not come to rest`)
      const before = this.#events.length
      await turn()
      still = this.#events.length === before ? still + 1 : 0
      if (still === quietTurns && this.#clock.pending > 0) {
        this.#clock.step(Number.MAX_SAFE_INTEGER)
        still = 0
      }
    }
  }

  #onEvent(event: LifecycleEvent): void {
    const path = event.path.slice(1)
    if (path === '') return
    if (event._tag === 'ActorStarted') {
      if (this.#failing.has(path)) return
      this.#events.push(['+', path, ''])
      this.#started.add(path)
      if (event.kind === 'supervisor') this.#live.add(path)
      return
    }
    if (event._tag !== 'ActorStopped' || this.#failing.delete(path)) return
    this.#events.push(['-', path, howOf(event.reason)])
    this.#live.delete(path)
    this.#cells.delete(path)
    const release = this.#releases.get(path)
    if (!this.#dying.delete(path) && release !== undefined) {
      this.ends.push({ path, how: stopOf[release], phase: 'stopping' })
    }
  }

  #state(path: string): SupervisorState {
    const sup = this.#system?.effect.lookupSupervisor(`/${path}`)
    if (sup === undefined) return { path, children: [], count: [] }
    const { specs, active, supervisors, workers } = sup.countChildren()
    const children = sup.whichChildren().map(({ id, state }) => [id, state] as const)
    return this.#supervisors.get(path)?.isDynamic
      ? { path, children: children.sort(), count: [active] }
      : { path, children, count: [specs, active, supervisors, workers] }
  }
}

interface Answer {
  word: string | undefined
}

const stopOf: Record<Release, How> = {
  prompt: 'shutdown',
  normal: 'normal',
  abnormal: 'abnormal',
  stuck: 'killed',
  brutal: 'killed',
}

const words: Readonly<Record<string, string>> = {
  ChildAlreadyPresent: 'already_present',
  ChildAlreadyStarted: 'already_started',
  ChildRunning: 'running',
  ChildRestarting: 'restarting',
  ChildNotFound: 'not_found',
  InvalidSpec: 'bad_spec',
  StartFailed: 'start_failed',
  SupervisorStopped: 'gone',
}

function wordOf(exit: Exit.Exit<unknown, unknown>): string {
  if (Exit.isSuccess(exit)) return 'ok'
  const reason = exit.cause.reasons[0]
  const error = reason?._tag === 'Fail' ? reason.error : reason?._tag === 'Die' ? reason.defect : undefined
  const tag = typeof error === 'object' && error !== null && '_tag' in error ? String(error._tag) : 'unknown'
  return words[tag] ?? tag
}

function howOf(reason: ExitReason): TraceEvent[2] {
  switch (reason._tag) {
    case 'Normal':
      return 'normal'
    case 'Killed':
      return 'killed'
    case 'Shutdown':
      return reason.cause instanceof RestartIntensityExceeded ? 'intensity' : 'shutdown'
    case 'Failure':
      return reason.error instanceof StartFailed ? 'failed' : 'abnormal'
  }
}

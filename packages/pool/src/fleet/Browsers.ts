// The browsers that the pool runs: adds a connection where it should live, drains and stops one, and knows
// which kinds have failed. It carries out; how many there should be is the scaler's, restarts are the tree's.

import {
  type BrowserCommand,
  type BrowserKind,
  BrowserSlot,
  type ConnectionCommand,
} from '@shoal/browser-bridge'
import { type ActorSystem, type ExitReason, RestartIntensityExceeded, type SupervisorRef } from '@shoal/core'
import { Effect } from 'effect'
import type { Dispatcher } from '../Dispatcher.ts'
import type { NoBrowser } from '../errors.ts'
import type { ConnectionFacts } from '../metrics/ConnectionMetrics.ts'
import type { StepEnd } from '../scaling/scaler.machine.ts'
import type { BrowserBridge } from './BrowserBridge.ts'
import type { NamedSource, PoolSource } from './browserSources.ts'
import type { Fleet, Member } from './Fleet.ts'
import type { Ladder } from './Ladder.ts'
import { Leaving, leave } from './Leaving.ts'
import { nextConnection, type RunningBrowser } from './nextConnection.ts'
import type { Recycling } from './recycling.ts'
import { retire } from './retire.ts'
import { Sources } from './Sources.ts'
import { browserTree, names } from './tree.ts'

export interface BrowsersOptions {
  readonly system: ActorSystem
  readonly bridge: BrowserBridge
  readonly fleet: Fleet
  readonly dispatcher: Dispatcher
  readonly ladder: Ladder
  /** Where its browsers come from. */
  readonly found: readonly PoolSource[]
  readonly pagesPerBrowser: number
  readonly maxConnections: number
  /** Whether one connection, in a browser of its own, takes work only when the others cannot. */
  readonly warmSpare: boolean
  /** Kinds in the order in which to start them, by the models that are loaded. */
  readonly order: () => readonly BrowserKind[]
}

/** A browser of the pool, as people want to see it. */
export interface BrowserInfo {
  readonly id: string
  readonly kind: BrowserKind
  readonly version: string
  /** Process id; undefined while it starts or restarts. */
  readonly pid: number | undefined
  /** Connections that are up. */
  readonly connections: readonly string[]
  /** Requests on its lanes now. */
  readonly running: number
  /** It is held ready for when the others are lost or full (`warmSpare`). */
  readonly isSpare: boolean
}

interface Running {
  readonly id: string
  readonly source: NamedSource
  readonly slot: BrowserSlot
  readonly startedAt: Map<string, number>
  readonly isSpare: boolean
  /** Connections that have been up at some time. */
  readonly wereUp: Set<string>
  pages: number
}

/** How long a connection that is to go may finish what it has; after that its requests run again elsewhere. */
const drainLimit = '30 seconds'

export class Browsers {
  readonly #options: BrowsersOptions
  readonly #running = new Map<string, Running>()
  readonly #sources: Sources
  readonly #leaving = new Map<string, Leaving>()

  constructor(options: BrowsersOptions) {
    this.#options = options
    this.#sources = new Sources(options.found)
  }

  list(): BrowserInfo[] {
    const load = this.#options.dispatcher.load()
    return [...this.#running.values()].map(({ id, source, slot, isSpare }) => {
      const members = this.#options.fleet.members().filter(member => member.browser.id === id)
      return {
        id,
        kind: source.kind,
        version: slot.current?.version ?? source.version,
        pid: slot.current?.pid,
        connections: members.map(member => member.id),
        running: members.reduce((sum, member) => sum + runningOn(member, load), 0),
        isSpare,
      }
    })
  }

  /**
   * Connections that are up or on their way. One that is being restarted is on its way: to start another beside it would
   * have two browsers launch at once, and one of them retired when both are there.
   */
  started(): number {
    return this.#startedIn(() => true)
  }

  /** Each connection that is up, on its way or about to go. */
  connections(): ConnectionFacts[] {
    const up = new Set(this.#options.fleet.members('own').map(({ id }) => id))
    return [...this.#running.values()].flatMap(({ id: browserId, source, isSpare, wereUp }) =>
      (this.#connections(browserId)?.whichChildren() ?? [])
        .filter(({ state }) => state !== 'terminated')
        .map(({ id }) => ({
          connection: id,
          browserId,
          browser: source.kind,
          standing: up.has(id)
            ? ('up' as const)
            : wereUp.has(id)
              ? ('fallen' as const)
              : ('starting' as const),
          isLeaving: this.#leaving.has(id),
          isSpare,
        })),
    )
  }

  /** Starts one more connection, where it should live. */
  readonly add: Effect.Effect<void, NoBrowser> = Effect.suspend(() => {
    const { pagesPerBrowser, warmSpare } = this.#options
    const next = nextConnection(this.#describe(), this.#usable(), pagesPerBrowser, warmSpare)
    switch (next._tag) {
      case 'none':
        return Effect.fail(this.noBrowser())
      case 'page':
        return this.#addPage(next.browser)
      case 'browser':
        return this.#addBrowser(next.kind, next.isSpare)
    }
  })

  /**
   * Drains the connection that can best be spared, and stops it; its browser too where it was the last. Says so where it
   * was called off before it had drained.
   */
  readonly remove: Effect.Effect<StepEnd> = Effect.suspend(() => {
    const load = this.#options.dispatcher.load()
    const victim = retire(
      this.#options.fleet.members().flatMap(member => {
        const browser = [...this.#running.values()].find(({ id }) => id === member.browser.id)
        if (!browser) return []
        return {
          id: member.id,
          browser: browser.id,
          running: runningOn(member, load),
          startedAt: browser.startedAt.get(member.id) ?? 0,
          isSpare: browser.isSpare,
        }
      }),
      this.#startedIn(({ isSpare }) => !isSpare),
    )
    return victim ? this.#stop(victim.id, victim.browser) : Effect.succeed('taken')
  })

  /** What drains stays: it is given work again at once, with the models that it has kept. */
  callOff(): void {
    for (const [id, leaving] of this.#leaving) {
      if (leaving.callOff()) this.#options.dispatcher.resumeConnection(id)
    }
  }

  /** Whether the browser is the spare's. */
  isSpare(browser: string): boolean {
    return this.#running.get(browser)?.isSpare === true
  }

  /** Nothing runs, and no kind of browser is left to try. */
  isHopeless(): boolean {
    return this.#running.size === 0 && this.#usable().length === 0
  }

  noBrowser(): NoBrowser {
    return this.#sources.noBrowser()
  }

  #describe(): RunningBrowser[] {
    return [...this.#running.values()].map(({ id, source, isSpare }) => ({
      id,
      isSpare,
      kind: source.name,
      pages: this.#connections(id)?.countChildren().specs ?? 1,
    }))
  }

  #usable(): string[] {
    const taken = new Set([...this.#running.values()].map(({ source }) => source.name))
    return this.#sources.usable(this.#options.order(), taken)
  }

  #addBrowser(name: string, isSpare: boolean): Effect.Effect<void, NoBrowser> {
    const source = this.#sources.named(name)
    if (!source) return Effect.fail(this.noBrowser())
    const id = this.#sources.nextId(name)
    const running: Running = {
      id,
      source,
      slot: new BrowserSlot(),
      startedAt: new Map(),
      isSpare,
      wereUp: new Set(),
      pages: 0,
    }
    this.#running.set(id, running)
    const spec = browserTree({
      id,
      process: this.#options.bridge.process({
        id: names.process,
        source: source.source,
        launch: source.launch,
        slot: running.slot,
        onMended: recovery => this.#options.ladder.mended({ ...recovery, subject: id }),
      }),
      firstConnection: this.#page(running),
      maxConnections: this.#options.maxConnections,
    })
    return this.#supervisor().pipe(
      Effect.flatMap(browsers => browsers.startChild(spec)),
      Effect.tap(ref => Effect.sync(() => ref.watch(({ reason }) => this.#ended(running, causeOf(reason))))),
      Effect.catch(error => Effect.sync(() => this.#ended(running, error))),
      Effect.asVoid,
    )
  }

  #addPage(browser: string): Effect.Effect<void> {
    const running = this.#running.get(browser)
    const connections = this.#connections(browser)
    if (!running || !connections) return Effect.void
    // Its browser may be going this very moment; then there is one connection less, which the scaler sees.
    return connections.startChild(this.#page(running)).pipe(Effect.ignore)
  }

  #page(running: Running) {
    const { fleet, bridge, ladder } = this.#options
    const id = `${running.id}.${++running.pages}`
    running.startedAt.set(id, performance.now())
    return bridge.connection({
      id,
      slot: running.slot,
      listener: {
        up: live => {
          this.#sources.served(running.source.name)
          running.wereUp.add(id)
          fleet.up(live, {
            id: running.id,
            kind: running.source.kind,
            version: running.slot.current?.version ?? live.browser.version,
          })
        },
        down: gone => fleet.down(gone),
        mended: ladder.mended,
      },
    })
  }

  /** A browser's supervisor is gone: because the pool wanted it, or because it gave up (then with a cause). */
  #ended(running: Running, cause: unknown): void {
    this.#running.delete(running.id)
    if (cause === undefined) return
    const { name } = running.source
    this.#options.ladder.gaveUp(running.id, cause)
    this.#sources.failed(name, cause)
    this.#options.fleet.gaveUp()
  }

  /** What the processes of each browser take; undefined where that cannot be read. */
  weigh(): Promise<{ readonly id: string; readonly bytes: number | undefined }[]> {
    return Promise.all(
      [...this.#running.values()].map(async ({ id, slot }) => ({
        id,
        bytes: (await slot.current?.tree())?.pssBytes,
      })),
    )
  }

  /** Has a connection's page loaded again, a browser started again, or replaced. Who gave it work must have stopped. */
  recycle(recycling: Recycling): Effect.Effect<void> {
    if (recycling._tag === 'replacement') return this.#replace(recycling.id, recycling.detail)
    const { _tag, id } = recycling
    return Effect.sync(() => this.#renew(_tag, id))
  }

  #renew(what: 'connection' | 'browser', id: string): void {
    if (what === 'connection') {
      const browser = this.#options.fleet.members().find(member => member.id === id)?.browser.id ?? ''
      this.#connections(browser)?.child<ConnectionCommand>(id)?.tell({ type: 'recycle' })
    } else {
      this.#tree(id)?.child<BrowserCommand>(names.process)?.tell({ type: 'recycle' })
    }
  }

  /** Gives a browser up as one that gave up itself: the scaler sees what is missing, and another kind comes before it. */
  #replace(id: string, why: string): Effect.Effect<void> {
    const running = this.#running.get(id)
    if (!running) return Effect.void
    const cause = new Error(`${id} did not become well: ${why}`)
    return this.#supervisor().pipe(
      Effect.flatMap(browsers => browsers.terminateChild(id)),
      Effect.andThen(
        Effect.sync(() => {
          this.#sources.unwell(running.source.name)
          this.#options.ladder.gaveUp(id, cause)
        }),
      ),
      Effect.ignore,
    )
  }

  #stop(id: string, browser: string): Effect.Effect<StepEnd> {
    const leaving = new Leaving()
    const drain = Effect.promise(() =>
      Promise.race([this.#options.dispatcher.drainConnection(id), leaving.stays]),
    )
    const connections = this.#connections(browser)
    const last = this.#startedIn(running => running.id === browser) <= 1
    const stop =
      last || !connections
        ? this.#supervisor().pipe(Effect.flatMap(browsers => browsers.terminateChild(browser)))
        : leave(connections, id).pipe(Effect.andThen(connections.deleteChild(id)))
    this.#leaving.set(id, leaving)
    return drain.pipe(
      Effect.timeoutOption(drainLimit),
      Effect.andThen(
        Effect.suspend((): Effect.Effect<StepEnd> => {
          if (!leaving.goes()) return Effect.succeed('called off')
          // It may go by itself meanwhile; then it is stopped already.
          return stop.pipe(Effect.ignore, Effect.as('taken'))
        }),
      ),
      Effect.ensuring(Effect.sync(() => this.#leaving.delete(id))),
    )
  }

  #startedIn(isMeant: (running: Running) => boolean): number {
    let count = 0
    for (const running of this.#running.values()) {
      if (!isMeant(running)) continue
      const connections = this.#connections(running.id)?.whichChildren() ?? []
      count += connections.filter(({ state }) => state !== 'terminated').length
    }
    return count
  }

  #supervisor(): Effect.Effect<SupervisorRef> {
    return Effect.sync(() => required(this.#options.system.root.childSupervisor(names.browsers), 'browsers'))
  }

  #connections(browser: string): SupervisorRef | undefined {
    return this.#tree(browser)?.childSupervisor(names.connections)
  }

  #tree(browser: string): SupervisorRef | undefined {
    return this.#options.system.root.childSupervisor(names.browsers)?.childSupervisor(browser)
  }
}

/** What made a supervisor give up; undefined where it was asked to stop. */
function causeOf(reason: ExitReason): unknown {
  if (reason._tag === 'Failure') return reason.error
  if (reason._tag !== 'Shutdown') return undefined
  return reason.cause instanceof RestartIntensityExceeded ? reason.cause.last : reason.cause
}

function runningOn(member: Member, load: ReadonlyMap<string, number>): number {
  return member.live.lanes.reduce((sum, lane) => sum + (load.get(lane.id) ?? 0), 0)
}

function required<A>(value: A | undefined, what: string): A {
  if (value === undefined) throw new Error(`pool: /${what} is not in the tree`)
  return value
}

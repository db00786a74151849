// The parts of a pool and how they are put together, as one scoped Effect: closing the scope stops
// the actors, in the reverse of this order. ResourcePool.ts is the face that people see.

import type { Backend, BrowserKind } from '@shoal/browser-bridge'
import { ActorSystem, behavior, child } from '@shoal/core'
import { Effect } from 'effect'
import type { Answer } from './Answer.ts'
import { Dispatcher } from './Dispatcher.ts'
import { type NoBrowser, PoolClosed } from './errors.ts'
import { Browsers } from './fleet/Browsers.ts'
import { Devices } from './fleet/Devices.ts'
import { Fleet } from './fleet/Fleet.ts'
import { Ladder } from './fleet/Ladder.ts'
import { Recycler } from './fleet/Recycler.ts'
import { Remedies } from './fleet/Remedies.ts'
import { refusals } from './fleet/refusals.ts'
import { names, poolTree } from './fleet/tree.ts'
import type { BreakerRef } from './health/Breaker.ts'
import { breakerMachine, defaultBreaker } from './health/breaker.machine.ts'
import { Health } from './health/Health.ts'
import { type HealthSummary, healthSummary } from './health/summary.ts'
import type { Vitals } from './health/Vitals.ts'
import { Ledger } from './Ledger.ts'
import { leastPrecision } from './ModelSpec.ts'
import { connectionMetrics } from './metrics/ConnectionMetrics.ts'
import { EventRate } from './metrics/EventRate.ts'
import { hostMetrics } from './metrics/HostMetrics.ts'
import { Latencies } from './metrics/Latencies.ts'
import type { PoolMetrics } from './metrics/PoolMetrics.ts'
import { Restarts } from './metrics/Restarts.ts'
import { LoadFactors } from './model/LoadFactors.ts'
import { Models } from './model/Models.ts'
import { Residency } from './model/Residency.ts'
import { type PerformanceHistory, RecentHistory } from './PerformanceHistory.ts'
import type { ResolvedOptions } from './PoolOptions.ts'
import { type BrowserPreferences, startOrder } from './routing/preferences.ts'
import { type Quarantine, SpotChecks } from './routing/SpotChecks.ts'
import type { Resources } from './scaling/Sample.ts'
import { Sampler } from './scaling/Sampler.ts'
import type { ScalingPolicy } from './scaling/ScalingPolicy.ts'
import { scalerBehavior } from './scaling/scalerActor.ts'
import { Traffic } from './Traffic.ts'
import type { Work } from './Work.ts'
import type { World } from './World.ts'

/** Lane deaths after which a request counts as their cause. */
const poisonAfter = 2

export interface PoolParts {
  readonly system: ActorSystem
  readonly ledger: Ledger<Work, Answer>
  readonly dispatcher: Dispatcher
  readonly browsers: Browsers
  readonly models: Models
  /** Where devices may join. */
  readonly devices: Devices | undefined
  readonly deadlineMs: number
  readonly preferences: BrowserPreferences
  metrics(): PoolMetrics
  health(): HealthSummary
}

export const makePoolParts = Effect.fnUntraced(function* (options: ResolvedOptions, world: World) {
  const { found, store, bridge, host } = world
  const now = () => performance.now()
  const traffic = new Traffic()
  const ledger: Ledger<Work, Answer> = new Ledger({
    capacity: options.maxQueue,
    poisonAfter,
    now,
    onAccepted: () => traffic.arrived(),
    onWaiting: () => dispatcher.pump(),
  })
  const history = new RecentHistory((busy, reference) => traffic.slowdown(busy, reference))
  const latencies = new Latencies()
  const answers = new EventRate(now())
  const health = new Health({
    now,
    startBreaker: id => startBreaker(system, id),
    onPassable: () => dispatcher.pump(),
  })
  const dispatcher: Dispatcher = new Dispatcher({
    ledger,
    history,
    health,
    now,
    terminateAfterMs: options.terminateAfterMs,
    isSpare: browser => browsers.isSpare(browser),
    onServed: (ms, replica, batch, busy) => {
      const { browser, lane, model } = replica
      world.onServed?.(lane.id, busy)
      if (replica.trust === 'joined') traffic.servedElsewhere()
      // A run that several share takes another time for each of them than a run alone.
      else traffic.served(ms, `${model} ${browser.kind} ${lane.backend} ${batch}`, busy, now())
    },
    onAnswered: (model, { timing, placement, result }, replica, work) => {
      if (replica.trust === 'joined') void spotChecks.answered(replica, work, result)
      latencies.add(model, timing, placement)
      answers.add(now())
      devices?.answered(placement.connection)
      recycler.answered(placement.connection)
    },
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => dispatcher.close()))
  const quarantined: Quarantine[] = []
  const spotChecks = new SpotChecks({
    replicasOf: model => dispatcher.replicasOf(model),
    load: () => dispatcher.load(),
    onRun: (replica, end) => dispatcher.occupied(replica, end),
    dtypeOf: model => leastPrecision(models.list().find(({ id }) => id === model)?.spec.dtype ?? 'fp32'),
    quarantine: (device, reason) => {
      quarantined.push({ device, reason })
      devices?.shutOut(device, reason)
    },
    deadlineMs: options.deadlineMs,
  })
  const fleet = new Fleet(options.threads)
  const residency = new Residency({
    now,
    ceilings: options.memory,
    idleUnloadMs: options.idleUnloadMs,
    // Nothing more is started above memoryShare; what is there is let be until the rest is half used up.
    pressureShare: (1 + options.scaling.memoryShare) / 2,
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => residency.close()))
  const ladder = new Ladder(now)
  fleet.subscribe(ladder.hear)
  fleet.subscribe(event => {
    if (event._tag === 'up') health.up(event.member.id)
    if (event._tag === 'down') {
      dispatcher.removeConnection(event.member.id)
      residency.pageGone(event.member.id)
      health.down(event.member.id, recycler.isRenewing(event.member.id))
    }
    if (event._tag === 'laneLost') dispatcher.removeLane(event.lane)
  })

  const policy: ScalingPolicy = {
    ...options.scaling,
    minConnections: options.adaptiveScaling ? options.minConnections : options.maxConnections,
    maxConnections: options.maxConnections,
  }
  const system: ActorSystem = yield* ActorSystem.make({
    name: 'pool',
    children: poolTree,
    intensity: 10,
    period: '1 minute',
    // A browser that dies is the pool's own news (its metrics, its callers' errors), not a line among its answers.
    log: 'off',
  })
  // The root gives up only when the tree itself cannot be kept; then every caller is told, none waits for ever.
  const endAll = () => {
    const message = 'The pool ended: its supervision tree gave up or was stopped.'
    void ledger.drain(new PoolClosed({ message }))
    ledger.failAll(new PoolClosed({ message }))
  }
  yield* Effect.forkScoped(Effect.andThen(system.terminated, Effect.sync(endAll)))
  const restarts = new Restarts()
  system.events.subscribe(event => {
    if (event._tag === 'ActorRestarted') restarts.hear(event, now())
  })
  const browsers: Browsers = new Browsers({
    system,
    bridge,
    fleet,
    dispatcher,
    ladder,
    found,
    pagesPerBrowser: options.pagesPerBrowser,
    maxConnections: options.maxConnections,
    warmSpare: options.scaling.warmSpare,
    order: () => preferredKinds(models, history, options),
  })
  const remedies = new Remedies({
    now,
    troubles: () => {
      const own = new Map(fleet.members('own').map(({ id, browser }) => [id, browser.kind]))
      const refused = refusals(models.metrics(), id => own.get(id))
      return health.troubles().map(trouble => {
        const model = refused.get(trouble.connection)
        return model === undefined ? trouble : { ...trouble, refused: model }
      })
    },
    browserOf: id => fleet.members('own').find(member => member.id === id)?.browser.id,
  })
  const recycler: Recycler = new Recycler({
    rules: options.recycle,
    fleet,
    now,
    drain: connection => dispatcher.drainConnection(connection),
    resume: connection => dispatcher.resumeConnection(connection),
    weigh: () => browsers.weigh(),
    remedies,
    recycle: due => browsers.recycle(due),
  })
  yield* Effect.forkScoped(recycler.run)
  const models: Models = new Models(system, {
    store,
    fleet,
    ledger,
    dispatcher,
    history,
    residency,
    loadFactors: new LoadFactors(),
    onGone: id => {
      latencies.forget(id)
      health.forget(id)
      spotChecks.forget(id)
    },
    preferences: options.browserPreferences,
    starting: trust => {
      // With no browser of its own the pool lives by the first device, whenever that comes.
      if (trust === 'any' && devices !== undefined && options.maxConnections === 0) return 1
      if (browsers.isHopeless()) return 0
      return Math.max(0, Math.max(browsers.started(), policy.minConnections) - fleet.members('own').length)
    },
    warmUpLimitMs: options.deadlineMs,
    warmAlways: options.scaling.warmSpare,
  })
  const sampler = new Sampler({
    now,
    traffic,
    requests: () => ledger.counts(),
    connections: () => {
      const own = fleet.members('own').map(({ id }) => id)
      // One whose models were unloaded for want of use serves, too: the next request brings them back.
      const holding = new Set([
        ...dispatcher.lanes().map(({ connection }) => connection),
        ...models
          .metrics()
          .flatMap(({ replicas }) =>
            Object.entries(replicas).flatMap(([id, { _tag }]) => (_tag === 'unloaded' ? id : [])),
          ),
      ])
      const serving = models.list().length === 0 ? own : own.filter(id => holding.has(id))
      return { started: browsers.started(), ready: own.length, serving: serving.length }
    },
    browserPids: () => browsers.list().flatMap(({ pid }) => pid ?? []),
    resources: async pids => {
      const tell = residency.reading()
      const reading = await world.resources(pids)
      if (reading !== undefined) tell(reading)
      return reading
    },
  })
  const sample = () => {
    const taken = sampler.sample()
    health.look(vitalsOf(fleet, browsers, taken.resources, options))
    return taken
  }
  const rule = world.decide === undefined ? {} : { decide: world.decide }
  const scaler = yield* system.spawn(
    child({
      id: 'scaler',
      behavior: scalerBehavior({ connections: browsers, sample, ...rule }),
      input: { policy },
    }),
  )
  const devices: Devices | undefined =
    options.join === undefined || host === undefined
      ? undefined
      : yield* Devices.open(host, options.join, { system, fleet, dispatcher })
  const summary = () =>
    healthSummary(health.list(), policy.minConnections, scaler.getSnapshot().context.lastFailure)
  yield* connectionsUp(fleet, browsers, policy.minConnections)
  return {
    system,
    ledger,
    dispatcher,
    browsers,
    models,
    devices,
    deadlineMs: options.deadlineMs,
    preferences: options.browserPreferences,
    health: summary,
    metrics: () => {
      const { context } = scaler.getSnapshot()
      const { machine } = sampler
      return {
        requests: {
          ...ledger.counts(),
          answeredPerSecond: answers.at(now()),
          waitingOf: Object.fromEntries(models.list().map(({ id }) => [id, ledger.waitingOf(id).length])),
        },
        connections: fleet.members('own').length,
        connectionStates: connectionMetrics(browsers.connections(), health.list()),
        host: machine && hostMetrics(machine.resources, now() - machine.at),
        ...(devices === undefined
          ? {}
          : {
              join: {
                devices: fleet.members('joined').length,
                refusals: devices.refusals(),
                checks: spotChecks.counts(),
                quarantined: [...quarantined],
              },
            }),
        lanes: dispatcher.lanes(),
        models: models.metrics(),
        latencies: latencies.rows(),
        health: summary(),
        restarts: restarts.metrics(),
        ladder: ladder.metrics(),
        remedies: remedies.metrics(),
        scaling: {
          decision: context.decision,
          decisions: context.decisions,
          stepsOut: context.stepsOut,
          stepsIn: context.stepsIn,
          calledOff: context.calledOff,
          steps: context.steps,
          lastFailure: context.lastFailure,
        },
      }
    },
  } satisfies PoolParts
})

/** How each connection's link beats, and what its browser takes of what it may. */
function vitalsOf(
  fleet: Fleet,
  browsers: Browsers,
  resources: Resources | undefined,
  { recycle, scaling }: ResolvedOptions,
): Map<string, Vitals> {
  const mayTake = recycle.aboveBytes ?? (resources && scaling.memoryShare * resources.limitBytes)
  const pids = new Map(browsers.list().map(({ id, pid }) => [id, pid]))
  return new Map(
    fleet.members().map(({ id, browser, live: { beats } }) => {
      const bytes = resources?.browserBytesOf?.get(pids.get(browser.id) ?? -1)
      return [
        id,
        {
          missedBeats: beats === undefined ? 0 : Math.max(0, Math.floor(beats.silentMs / beats.beatMs) - 1),
          lateBeats: beats?.late ?? 0,
          mainMs: beats?.mainMs ?? 0,
          memory: bytes && mayTake && bytes / mayTake,
        },
      ]
    }),
  )
}

async function startBreaker(system: ActorSystem, id: string): Promise<BreakerRef> {
  const breakers = system.root.childSupervisor(names.health)
  if (!breakers) throw new Error('pool: /health is not in the tree')
  const spec = child({
    id,
    behavior: behavior({ logic: breakerMachine }),
    input: defaultBreaker,
    restart: 'temporary',
  })
  return Effect.runPromise(breakers.startChild(spec))
}

/** Waits until so many connections are up; fails once no kind of browser is left to try. */
const connectionsUp = (fleet: Fleet, browsers: Browsers, count: number): Effect.Effect<void, NoBrowser> =>
  Effect.callback(resume => {
    const look = () => {
      if (fleet.members('own').length >= count) end(Effect.void)
      else if (browsers.isHopeless()) end(Effect.fail(browsers.noBrowser()))
    }
    const leave = fleet.subscribe(look)
    // What is given back is run where this is interrupted, and not where it ends.
    const end = (ended: Effect.Effect<void, NoBrowser>) => {
      leave()
      resume(ended)
    }
    look()
    return Effect.sync(leave)
  })

const backends: readonly Backend[] = ['wasm', 'webgpu', 'webnn-npu', 'webnn-gpu', 'webnn-cpu']

/** Kinds in the order that the loaded models would have them started. */
function preferredKinds(
  models: Models,
  history: PerformanceHistory,
  options: ResolvedOptions,
): readonly BrowserKind[] {
  return models.list().flatMap(({ id, spec }) =>
    startOrder(spec.type, options.browserPreferences, browser => {
      const times = backends.flatMap(backend => history.serviceTime(id, { browser, backend })?.meanMs ?? [])
      return times.length === 0 ? undefined : Math.min(...times)
    }),
  )
}

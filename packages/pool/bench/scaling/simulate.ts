// One trace through one scaler, in virtual time: connections that start, serve one request at a time each, slow each other
// down as their machine has it, and drain. Discrete events; the same seed gives the same run. What is simulated is the
// machine and the load alone: the scaler is the real one.

import { quantile } from '@shoal/tools/bench'
import { RunningMean } from '../../src/RunningMean.ts'
import { Concurrency } from '../../src/scaling/Concurrency.ts'
import { Heap } from './Heap.ts'
import { randomOf } from './random.ts'
import { reversalsOf } from './real/browserSeconds.ts'
import type { Scaler } from './Scaler.ts'
import type { Arrival, Trace } from './Trace.ts'

export interface Outcome {
  readonly p95WaitMs: number
  readonly meanWaitMs: number
  /** Share of requests that waited longer than the limit. */
  readonly late: number
  readonly browserSeconds: number
  /** Changes of the number in another direction than the change before; a step in that is called off is none. */
  readonly reversals: number
  /** Connections up, on their way or draining, when that changed. */
  readonly sizes: readonly { readonly at: number; readonly count: number }[]
}

/** A request that waited longer is late, in milliseconds. */
export const limitMs = 2_000

interface Running {
  readonly startedAt: number
  readonly besideAtStart: number
  readonly lane: Lane
}

interface Lane {
  /** One that drains ends what it has, and goes. */
  stage: 'serving' | 'draining'
  /** Requests that it has taken beyond the one at work. */
  readonly behind: Arrival[]
}

const freshLane = (): Lane => ({ stage: 'serving', behind: [] })

export function simulate(trace: Trace, scaler: Scaler, seed: number): Outcome {
  const random = randomOf(seed)
  const { machine, arrivals } = trace
  const waits: number[] = []
  const queue: Arrival[] = []
  let head = 0
  const running = new Heap<Running>()
  const sizes: { at: number; count: number }[] = []
  const concurrency = new Concurrency()
  const startUps = new RunningMean()
  let starting: { readyAt: number; since: number }[] = []
  const { depth = 1, startUp = (_nth, chance) => machine.startUpMs * chance.logNormal(0.25) } = machine
  const idle: Lane[] = Array.from({ length: scaler.initial }, freshLane)
  /** Oldest first by when they were last idle. */
  const atWork: Lane[] = []
  let [now, work, next] = [0, 0, 0]
  let behind = 0
  let [browserMs, presentMs, coreMs, lastTickAt, nextTick] = [0, 0, 0, 0, trace.firstLookMs ?? 0]
  let counted = { arrivals: 0, served: 0, servedMs: 0 }

  const waiting = () => queue.length - head + behind
  const draining = () => atWork.filter(({ stage }) => stage === 'draining')
  /** Lanes that will go on. */
  const ready = () => idle.length + atWork.length - draining().length
  const size = () => idle.length + atWork.length + starting.length
  const note = () => {
    if (sizes.at(-1)?.count !== size()) sizes.push({ at: now, count: size() })
  }
  const rate = () => 1 / machine.slowdown(Math.max(1, running.size), starting.length)

  const advance = (to: number) => {
    const passed = to - now
    browserMs += passed * size()
    presentMs += passed * (waiting() + running.size)
    coreMs += passed * Math.min(machine.cores, running.size)
    work += passed * rate()
    now = to
  }

  const run = (request: Arrival, lane: Lane, wayMs: number) => {
    waits.push(now - request.at)
    const besideAtStart = running.size + 1
    running.push(work + request.workMs + wayMs, { startedAt: now, besideAtStart, lane })
  }

  const begin = () => {
    while (head < queue.length) {
      const lane = idle.shift()
      const full =
        lane ?? atWork.find(({ stage, behind: held }) => stage === 'serving' && held.length < depth - 1)
      if (full === undefined) break
      const request = queue[head++]
      if (!request) return
      if (lane) {
        atWork.push(lane)
        run(request, lane, request.wayMs ?? 0)
      } else {
        full.behind.push(request)
        behind++
      }
    }
    if (head > 10_000) {
      queue.splice(0, head)
      head = 0
    }
  }

  const finish = () => {
    const busy = running.size
    const ended = running.pop()
    if (!ended) return
    const serviceMs = now - ended.startedAt
    counted.served++
    counted.servedMs += serviceMs
    concurrency.observe('', Math.round((busy + ended.besideAtStart) / 2), serviceMs, now)
    const next = ended.lane.behind.shift()
    if (next) {
      behind--
      run(next, ended.lane, 0)
      return
    }
    atWork.splice(atWork.indexOf(ended.lane), 1)
    if (ended.lane.stage === 'serving') idle.push(ended.lane)
    else note()
  }

  const stepTo = (target: number) => {
    const started = ready() + starting.length
    // One that drains is taken back before another is started.
    const back = draining().slice(0, Math.max(0, target - started))
    for (const lane of back) lane.stage = 'serving'
    for (let more = started + back.length; more < target; more++)
      starting.push({ readyAt: now + startUp(more + 1, random), since: now })
    for (let fewer = started; fewer > target; fewer--) {
      // One that is idle goes at once.
      if (starting.pop() ?? idle.pop()) continue
      const lane = leastHeld(atWork)
      if (lane) lane.stage = 'draining'
    }
    note()
  }

  const tick = () => {
    const target = scaler.target({
      at: now,
      ...counted,
      waiting: waiting(),
      running: running.size,
      meanPresent: now > lastTickAt ? presentMs / (now - lastTickAt) : 0,
      ready: ready(),
      started: ready() + starting.length,
      draining: draining().length,
      cores: machine.cores,
      cpuBusy: now > lastTickAt ? coreMs / (now - lastTickAt) / machine.cores : 0,
      slowdown: concurrency.levels(now),
      startUpMs: startUps.value,
    })
    counted = { arrivals: 0, served: 0, servedMs: 0 }
    presentMs = 0
    coreMs = 0
    lastTickAt = now
    nextTick = now + scaler.everyMs
    stepTo(Math.max(1, target))
  }

  note()
  while (next < arrivals.length || waiting() > 0 || running.size > 0) {
    const arrivalAt = arrivals[next]?.at ?? Number.POSITIVE_INFINITY
    const finishAt =
      running.least === undefined ? Number.POSITIVE_INFINITY : now + (running.least - work) / rate()
    const readyAt = starting.reduce((least, one) => Math.min(least, one.readyAt), Number.POSITIVE_INFINITY)
    const at = Math.min(arrivalAt, finishAt, readyAt, nextTick)
    advance(Math.max(now, at))
    if (at === finishAt) finish()
    else if (at === arrivalAt) {
      const arrival = arrivals[next++]
      if (arrival) queue.push(arrival)
      counted.arrivals++
    } else if (at === readyAt) {
      for (const one of starting) if (one.readyAt === at) startUps.add(at - one.since)
      const left = starting.filter(one => one.readyAt !== at)
      for (let came = left.length; came < starting.length; came++) idle.push(freshLane())
      starting = left
    } else tick()
    begin()
  }
  sizes.push({ at: now, count: size() })
  return {
    p95WaitMs: quantile(waits, 0.95),
    meanWaitMs: waits.reduce((sum, wait) => sum + wait, 0) / waits.length,
    late: waits.filter(wait => wait > limitMs).length / waits.length,
    browserSeconds: browserMs / 1000,
    reversals: reversalsOf(sizes.slice(0, -1)),
    sizes,
  }
}

/** Of those that serve, the one to drain: with the fewest requests on it, the latest among equals. */
function leastHeld(atWork: readonly Lane[]): Lane | undefined {
  return atWork
    .filter(({ stage }) => stage === 'serving')
    .toReversed()
    .toSorted((a, b) => a.behind.length - b.behind.length)[0]
}

// One trace through one scaler, in virtual time: connections that start, serve one request at a time each, slow each other
// down as their machine has it, and drain. Discrete events; the same seed gives the same run. What is simulated is the
// machine and the load alone: the scaler is the real one.

import { quantile } from '@shoal/tools/bench'
import { RunningMean } from '../../src/RunningMean.ts'
import { Concurrency } from '../../src/scaling/Concurrency.ts'
import { Heap } from './Heap.ts'
import { randomOf } from './random.ts'
import type { Scaler } from './Scaler.ts'
import type { Arrival, Trace } from './Trace.ts'

export interface Outcome {
  readonly p95WaitMs: number
  readonly meanWaitMs: number
  /** Share of requests that waited longer than the limit. */
  readonly late: number
  readonly browserSeconds: number
  /** Steps in another direction than the step before. */
  readonly reversals: number
  readonly steps: number
  /** Connections up, on their way or draining, when that changed. */
  readonly sizes: readonly { readonly at: number; readonly count: number }[]
}

/** A request that waited longer is late, in milliseconds. */
export const limitMs = 2_000

interface Running {
  readonly startedAt: number
  readonly besideAtStart: number
  readonly lane: LaneQueue
}

/** Requests that a lane that is at work has taken beyond that one. */
type LaneQueue = Arrival[]

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
  const idle: LaneQueue[] = Array.from({ length: scaler.initial }, () => [])
  const atWork: LaneQueue[] = []
  // `ready` counts lanes that will go on; `draining` those that end with what they have.
  let [now, work, ready, draining, next] = [0, 0, scaler.initial, 0, 0]
  let behind = 0
  let [browserMs, presentMs, coreMs, lastTickAt, nextTick] = [0, 0, 0, 0, trace.firstLookMs ?? 0]
  let [reversals, steps, direction] = [0, 0, 0]
  let counted = { arrivals: 0, served: 0, servedMs: 0 }

  const waiting = () => queue.length - head + behind
  const size = () => ready + starting.length + draining
  const note = () => sizes.push({ at: now, count: size() })
  const rate = () => 1 / machine.slowdown(Math.max(1, running.size), starting.length)

  const advance = (to: number) => {
    const passed = to - now
    browserMs += passed * size()
    presentMs += passed * (waiting() + running.size)
    coreMs += passed * Math.min(machine.cores, running.size)
    work += passed * rate()
    now = to
  }

  const run = (request: Arrival, lane: LaneQueue, wayMs: number) => {
    waits.push(now - request.at)
    const besideAtStart = running.size + 1
    running.push(work + request.workMs + wayMs, { startedAt: now, besideAtStart, lane })
  }

  const begin = () => {
    while (head < queue.length) {
      const lane = idle.shift()
      const full = lane ?? atWork.find(one => one.length < depth - 1)
      if (full === undefined) break
      const request = queue[head++]
      if (!request) return
      if (lane) {
        atWork.push(lane)
        run(request, lane, request.wayMs ?? 0)
      } else {
        full.push(request)
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
    const next = ended.lane.shift()
    if (next) {
      behind--
      run(next, ended.lane, 0)
      return
    }
    atWork.splice(atWork.indexOf(ended.lane), 1)
    if (draining > 0) {
      draining--
      note()
    } else idle.push(ended.lane)
  }

  const stepTo = (target: number) => {
    const started = ready + starting.length
    if (target === started) return
    const way = Math.sign(target - started)
    if (direction !== 0 && way !== direction) reversals++
    direction = way
    steps++
    for (let more = started; more < target; more++)
      starting.push({ readyAt: now + startUp(more + 1, random), since: now })
    for (let fewer = started; fewer > target; fewer--) {
      if (starting.length > 0) starting.pop()
      else {
        ready--
        // One that is idle goes at once.
        if (idle.pop() === undefined) draining++
      }
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
      ready,
      started: ready + starting.length,
      draining,
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
      for (let came = left.length; came < starting.length; came++, ready++) idle.push([])
      starting = left
    } else tick()
    begin()
  }
  note()
  return {
    p95WaitMs: quantile(waits, 0.95),
    meanWaitMs: waits.reduce((sum, wait) => sum + wait, 0) / waits.length,
    late: waits.filter(wait => wait > limitMs).length / waits.length,
    browserSeconds: browserMs / 1000,
    reversals,
    steps,
    sizes,
  }
}

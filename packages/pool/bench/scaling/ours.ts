// Our policy behind the simulator's door: the pool's own `observe` and `decide`, a step at a time as the scaler takes
// them (nothing new while one drains, but that the step may be called off).

import { decide, isNeededAfterAll } from '../../src/scaling/decide.ts'
import { calledOff, emptyHistory, observe, stepped } from '../../src/scaling/History.ts'
import type { Resources } from '../../src/scaling/Sample.ts'
import { defaultRules, type ScalingPolicy } from '../../src/scaling/ScalingPolicy.ts'
import type { MakeScaler, View } from './Scaler.ts'

/** @param everyMs time between two looks: coarser than the pool's own, which the long traces do not notice */
export function ours(
  policy: Partial<ScalingPolicy>,
  knobs: string,
  maxConnections: number,
  everyMs = 500,
): MakeScaler {
  return () => {
    const whole: ScalingPolicy = { ...defaultRules, minConnections: 1, maxConnections, ...policy }
    let history = emptyHistory
    /** Of the step in before the latest. */
    let lastInAt: number | undefined
    return {
      family: 'Shoal',
      knobs,
      everyMs,
      initial: whole.minConnections,
      target(view) {
        // To the pool what drains is still up.
        const [ready, started] = [view.ready + view.draining, view.started + view.draining]
        history = observe(history, { ...view, ready, started, resources: resourcesOf(view) }, whole)
        if (view.draining > 0) {
          const before = { ...history, lastInAt }
          const isCalledOff = isNeededAfterAll(decide(before, whole), whole)
          // A step counts from when it is done.
          history = isCalledOff ? calledOff(before, view.at) : stepped(history, 'in', view.at)
          return isCalledOff ? started : view.started
        }
        const decision = decide(history, whole)
        if (decision._tag === 'in') lastInAt = history.lastInAt
        if (decision._tag !== 'hold') history = stepped(history, decision._tag, view.at)
        return decision.target
      },
    }
  }
}

/** Memory is not simulated: there is always enough. */
function resourcesOf({ cores, cpuBusy }: View): Resources {
  return {
    usedBytes: 0,
    limitBytes: Number.MAX_SAFE_INTEGER,
    browserBytes: undefined,
    browserBytesAre: 'PSS',
    cpuBusy,
    cores,
  }
}

// A scaler of the simulator's in a real pool: it is asked at its own pace, sees what the pool's samples say, and what it
// wants is told as the pool's own decisions are. It adds no rule.

import type { Decision } from '../../../src/scaling/Decision.ts'
import { decide } from '../../../src/scaling/decide.ts'
import type { Sample } from '../../../src/scaling/Sample.ts'
import type { Scaler, View } from '../Scaler.ts'

/** @param asked hears what it was shown */
export function asDecide(scaler: Scaler, asked: (view: View) => void = () => {}): typeof decide {
  let since: Sample[] = []
  let seenAt = Number.NEGATIVE_INFINITY
  let askedAt: number | undefined
  let target = scaler.initial
  return (history, policy) => {
    const own = decide(history, policy)
    // A sample that came while a step was under way is decided upon with the next.
    since = [...since, ...history.samples.filter(({ at }) => at > seenAt)]
    const latest = since.at(-1)
    if (latest === undefined) return own
    seenAt = latest.at
    if (askedAt === undefined || latest.at - askedAt >= scaler.everyMs) {
      askedAt = latest.at
      const view = viewOf(since, latest)
      asked(view)
      target = Math.min(policy.maxConnections, Math.max(policy.minConnections, scaler.target(view)))
      since = []
    }
    const { started } = latest
    const _tag: Decision['_tag'] = target > started ? 'out' : target < started ? 'in' : 'hold'
    return { _tag, target, cause: 'load', reason: scaler.family, grounds: own.grounds }
  }
}

/** What waits behind another on its lane is waiting for whoever thinks of lanes that do one thing at a time. */
function viewOf(since: readonly Sample[], latest: Sample): View {
  const sum = (of: (sample: Sample) => number) => since.reduce((all, sample) => all + of(sample), 0)
  const running = Math.min(latest.running, latest.ready)
  return {
    at: latest.at,
    arrivals: sum(({ arrivals }) => arrivals),
    served: sum(({ served }) => served),
    servedMs: sum(({ servedMs }) => servedMs),
    waiting: latest.waiting + latest.running - running,
    running,
    meanPresent: sum(sample => sample.waiting + sample.running) / since.length,
    ready: latest.ready,
    started: latest.started,
    // A real pool decides upon nothing while one drains.
    draining: 0,
    cores: latest.resources?.cores ?? 1,
    cpuBusy: latest.resources?.cpuBusy ?? 0,
    slowdown: latest.slowdown,
    startUpMs: latest.startUpMs,
  }
}

// How many connections there should be, as a pure function of what was seen and a policy. It starts and stops nothing.
//
// No flapping, by construction: a step in is never sooner than `coolDownMs` after a step out, and a step out (but to
// the minimum, which is a repair) never sooner than `reboundMs` after a step in. Beside that stands a dead band: in
// goes only what was not wanted for a whole cool-down. So two reversals of one kind are at least coolDownMs +
// reboundMs apart, whatever the load does. A step in that was called off rests the next one as a step out does, for
// whatever cause: a ceiling may come and go with each look.

import { type Ceiling, ceilingOf } from './ceilings.ts'
import { type Decision, nothingSeen, type ScalingCause, type ScalingGrounds } from './Decision.ts'
import { type Need, type ScalingHistory, wantedOf } from './History.ts'
import type { Sample } from './Sample.ts'
import type { ScalingPolicy } from './ScalingPolicy.ts'

export function decide(history: ScalingHistory, policy: ScalingPolicy): Decision {
  const sample = history.samples.at(-1)
  const need = history.needs.at(-1)
  if (!sample || !need) return nothingSeen(policy.minConnections)
  const ceiling = ceilingOf(history.samples, policy)
  const grounds = groundsOf(history, sample, need, ceiling, policy)
  const { started, wanted } = grounds
  const say = (_tag: Decision['_tag'], target: number, cause: ScalingCause, reason: string): Decision => ({
    _tag,
    target,
    cause,
    reason,
    grounds,
  })
  if (started < policy.minConnections)
    return say(
      'out',
      policy.minConnections,
      'below the minimum',
      `below the ${policy.minConnections} asked for`,
    )
  const bearable = Math.max(policy.minConnections, Math.min(wanted, ceiling.connections))
  if (bearable > started) {
    const wait = since(history.lastInAt, sample.at, policy.reboundMs)
    if (wait > 0)
      return say('hold', started, 'waiting', `${bearable} wanted, and ${inS(wait)} s of rebound to go`)
    return say('out', bearable, ...why(need, grounds, policy))
  }
  if (started > policy.minConnections && bearable < started)
    return goIn(history, sample, grounds, policy, say)
  if (wanted > started) return say('hold', started, 'ceiling', `${wanted} wanted, but ${ceiling.reason}`)
  return say('hold', started, 'enough', `${wanted} wanted for ${words(grounds)}`)
}

/**
 * Whether the connection that goes in by a step that was begun is needed after all: as many are wanted, and bearable, as
 * there are with it. Then the step is called off; none was taken, and a step out has no rebound to wait for.
 * @param decision what would be decided now
 */
export function isNeededAfterAll({ _tag, grounds }: Decision, policy: ScalingPolicy): boolean {
  if (_tag === 'out') return true
  if (_tag === 'in' || grounds === undefined) return false
  const { wanted, ceiling, started } = grounds
  return Math.max(policy.minConnections, Math.min(wanted, ceiling.connections)) >= started
}

type Say = (tag: Decision['_tag'], target: number, cause: ScalingCause, reason: string) => Decision

/** One fewer, where every rule lets it. */
function goIn(
  history: ScalingHistory,
  sample: Sample,
  grounds: ScalingGrounds,
  policy: ScalingPolicy,
  say: Say,
): Decision {
  const { started, peak, ceiling } = grounds
  const hold = (reason: string) => say('hold', started, 'waiting', reason)
  const rest = Math.max(
    since(history.lastOutAt, sample.at, policy.coolDownMs),
    since(history.calledOffAt, sample.at, policy.coolDownMs),
  )
  if (rest > 0) return hold(`fewer would do, and ${inS(rest)} s of cool-down to go`)
  if (ceiling.connections < started) {
    const cause = started > policy.maxConnections ? 'above the maximum' : 'ceiling'
    return say('in', started - 1, cause, ceiling.reason)
  }
  if (grounds.waiting > 0) return hold(`fewer would do for the load, and ${grounds.waiting} wait`)
  if (sample.ready < started) return hold('fewer would do, and one is still on its way')
  const seen = sample.at - (history.firstAt ?? sample.at)
  if (seen < policy.coolDownMs) return hold('fewer would do, and it was not looked on for long enough')
  if (peak >= started)
    return hold(`fewer would do now, and ${peak} were wanted in the last ${inS(policy.coolDownMs)} s`)
  const busy = meanBusy(history)
  if (busy >= policy.inBelow * started)
    return hold(`${busy.toFixed(1)} of ${started} are busy, not below ${policy.inBelow}`)
  return say('in', started - 1, 'idle', `at most ${peak} were wanted in ${inS(policy.coolDownMs)} s`)
}

/** Milliseconds until `span` has passed. */
function since(then: number | undefined, at: number, span: number): number {
  return then === undefined ? 0 : Math.max(0, then + span - at)
}

/** Mean number of busy lanes over the window. */
function meanBusy({ needs }: ScalingHistory): number {
  return needs.at(-1)?.demand.busy ?? 0
}

function why(need: Need, grounds: ScalingGrounds, policy: ScalingPolicy): [ScalingCause, string] {
  const spare = policy.warmSpare ? ', one of them a spare' : ''
  const text = `${grounds.wanted} wanted${spare} for ${words(grounds)}`
  if ((need.forecast ?? 0) > Math.max(need.load, need.backlog)) {
    const lead = inS(grounds.startUpMs ?? 0)
    return ['forecast', `${text}; ${grounds.forecastRate?.toFixed(1)} a second are forecast in ${lead} s`]
  }
  if (need.backlog > need.load) return ['backlog', `${text}; ${grounds.waiting} wait`]
  return [need.demand.change === 'surge' ? 'surge' : 'load', text]
}

function groundsOf(
  history: ScalingHistory,
  sample: Sample,
  need: Need,
  ceiling: Ceiling,
  policy: ScalingPolicy,
): ScalingGrounds {
  const { at, started, ready, running, waiting, startUpMs } = sample
  const { rate, serviceMs } = need.demand
  const wanted = wantedOf(need, policy)
  const peak = history.needs.reduce((most, one) => Math.max(most, wantedOf(one, policy)), wanted)
  const { forecastRate } = need
  return {
    at,
    started,
    ready,
    running,
    waiting,
    rate,
    serviceMs,
    forecastRate,
    startUpMs,
    wanted,
    peak,
    ceiling,
  }
}

function words({ rate, serviceMs }: ScalingGrounds): string {
  const each = serviceMs === undefined ? 'not measured yet' : `${serviceMs.toFixed(0)} ms each`
  return `${rate.toFixed(1)} requests a second, ${each}`
}

function inS(ms: number): string {
  return (ms / 1000).toFixed(ms < 10_000 ? 1 : 0)
}

// Up to how many connections the machine bears. Pure: what was read comes in with the sample.

import type { Resources, Sample } from './Sample.ts'
import type { ScalingPolicy } from './ScalingPolicy.ts'
import { usefulLanes } from './throughput.ts'

export interface Ceiling {
  readonly connections: number
  readonly because: 'maxConnections' | 'memory' | 'processor' | 'no more throughput'
  /** In words. */
  readonly reason: string
}

/** Bytes that a connection is taken to need before one was measured: a page with a small model. */
const firstGuessBytes = 400 * 2 ** 20

/**
 * The lowest of them.
 * @param samples of the window, oldest first; at least one
 */
export function ceilingOf(samples: readonly Sample[], policy: ScalingPolicy): Ceiling {
  const bounds: Ceiling = {
    connections: policy.maxConnections,
    because: 'maxConnections',
    reason: `maxConnections is ${policy.maxConnections}`,
  }
  const sample = samples.at(-1)
  if (!sample) return bounds
  const { resources } = sample
  const all = [
    bounds,
    resources && memoryCeiling(sample, resources, policy),
    resources && cpuCeiling(samples, resources),
    throughputCeiling(sample, policy),
  ].filter(ceiling => ceiling !== undefined)
  return all.reduce((lowest, ceiling) => (ceiling.connections < lowest.connections ? ceiling : lowest))
}

/**
 * As many more as fit beside those that there were when memory was read. What was started or has gone since is in no
 * reading yet: counted from those that there are now, one reading over the share would have a page go at every look.
 */
function memoryCeiling(sample: Sample, resources: Resources, { memoryShare }: ScalingPolicy): Ceiling {
  const { usedBytes, limitBytes } = resources
  const { started, ready } = sample.atReading ?? sample
  const each = bytesOfOne(resources, started)
  const room = memoryShare * limitBytes - usedBytes
  const fit = Math.floor(room / each)
  // What was on its way has yet to take most of its own.
  const unclaimed = Math.floor(room / bytesOfOne(resources, ready)) - Math.max(0, started - ready)
  const more = fit > 0 ? Math.max(0, Math.min(fit, unclaimed)) : fit
  return {
    // Over the limit one goes at a time: what it gives back is measured before another does.
    connections: Math.max(1, started + Math.max(-1, more)),
    because: 'memory',
    reason: `${inMiB(usedBytes)} of ${inMiB(limitBytes)} MiB are in use and a connection takes ${inMiB(each)} (${resources.browserBytesAre})`,
  }
}

/** What a connection takes, where so many take what was measured. */
function bytesOfOne({ browserBytes }: Resources, connections: number): number {
  return browserBytes === undefined || browserBytes === 0 || connections === 0
    ? firstGuessBytes
    : browserBytes / connections
}

/** As many as there is processor time for, at what a busy one was seen to take; one for each core anyway. */
function cpuCeiling(samples: readonly Sample[], { cores }: Resources): Ceiling | undefined {
  let [cpu, lanes] = [0, 0]
  for (const { resources, running, ready } of samples) {
    if (resources === undefined) continue
    cpu += resources.cpuBusy * cores
    lanes += Math.min(running, ready)
  }
  if (lanes === 0 || cpu === 0) return undefined
  const each = cpu / lanes
  return {
    connections: Math.max(cores, Math.ceil(cores / each)),
    because: 'processor',
    reason: `there are ${cores} cores, and a busy connection was seen to take ${each.toFixed(1)} of them`,
  }
}

function throughputCeiling(sample: Sample, { minGain }: ScalingPolicy): Ceiling | undefined {
  const lanes = usefulLanes(sample.slowdown, minGain)
  if (lanes === undefined) return undefined
  return {
    connections: lanes,
    because: 'no more throughput',
    reason: `beyond ${lanes} busy lanes one more was measured to add less than ${(minGain * 100).toFixed(0)} % of a lone lane’s throughput`,
  }
}

function inMiB(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0)
}

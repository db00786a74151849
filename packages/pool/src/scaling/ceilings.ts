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

/** Busy share of the cores from which they count as full. */
const fullCpu = 0.97

/** The lowest of them; never below what is started because of memory, which is looked after by going in. */
export function ceilingOf(sample: Sample, policy: ScalingPolicy): Ceiling {
  const bounds: Ceiling = {
    connections: policy.maxConnections,
    because: 'maxConnections',
    reason: `maxConnections is ${policy.maxConnections}`,
  }
  const { resources } = sample
  const all = [
    bounds,
    resources && memoryCeiling(sample, resources, policy),
    resources && cpuCeiling(sample, resources),
    throughputCeiling(sample, policy),
  ].filter(ceiling => ceiling !== undefined)
  return all.reduce((lowest, ceiling) => (ceiling.connections < lowest.connections ? ceiling : lowest))
}

/** What a connection takes, measured where it can be. */
export function connectionBytes({ started }: Sample, { browserBytes }: Resources): number {
  return browserBytes === undefined || browserBytes === 0 || started === 0
    ? firstGuessBytes
    : browserBytes / started
}

function memoryCeiling(sample: Sample, resources: Resources, { memoryShare }: ScalingPolicy): Ceiling {
  const { usedBytes, limitBytes } = resources
  const each = connectionBytes(sample, resources)
  const room = memoryShare * limitBytes - usedBytes
  const more = Math.floor(room / each)
  return {
    // Over the limit one goes at a time: what it gives back is measured before another does.
    connections: Math.max(1, sample.started + Math.max(-1, more)),
    because: 'memory',
    reason: `${inMiB(usedBytes)} of ${inMiB(limitBytes)} MiB are in use and a connection takes ${inMiB(each)} (${resources.browserBytesAre})`,
  }
}

function cpuCeiling({ started }: Sample, { cpuBusy, cores }: Resources): Ceiling | undefined {
  if (cpuBusy < fullCpu || started < cores) return undefined
  return {
    connections: started,
    because: 'processor',
    reason: `${(cpuBusy * 100).toFixed(0)} % of ${cores} cores are busy and there is a connection for each`,
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

// The traces that scaling is simulated with: one recorded, the others synthetic and labelled so, from printed seeds.

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Random, randomOf } from './random.ts'
import type { Arrival, Machine, Trace } from './Trace.ts'

/** Lanes hinder one another a little up to 16 cores. */
const wide: Machine = {
  name: '16 cores',
  cores: 16,
  slowdown: busy => 1 + 0.01 * (busy - 1),
  startUpMs: 3_000,
}

/** Four cores: from the fifth busy lane on they only share. */
const narrow: Machine = {
  name: '4 cores',
  cores: 4,
  slowdown: busy => Math.max(1, busy / 4) * (1 + 0.02 * (busy - 1)),
  startUpMs: 3_000,
}

const minutes = 60_000
const meanWorkMs = 500

/** @param rate arrivals a second at a moment */
function poisson(random: Random, lengthMs: number, most: number, rate: (at: number) => number): Arrival[] {
  const arrivals: Arrival[] = []
  // Thinning (Lewis & Shedler 1979).
  for (let at = 0; ; ) {
    at += (random.exponential() * 1000) / most
    if (at >= lengthMs) return arrivals
    if (random.next() * most < rate(at)) arrivals.push({ at, workMs: meanWorkMs * random.logNormal(0.6) })
  }
}

interface Shape {
  readonly name: string
  readonly about: string
  readonly lengthMs: number
  readonly most: number
  rate(at: number): number
  readonly machine?: Machine
  readonly seasonMs?: number
}

const dayMs = 10 * minutes
const day = (at: number) => 7 - 5.5 * Math.cos((2 * Math.PI * at) / dayMs)

function shapesOf(random: Random): Shape[] {
  const bursts = Array.from({ length: 12 }, () => ({
    at: random.next() * 30 * minutes,
    lengthMs: (5 + 25 * random.next()) * 1000,
  }))
  const inBurst = (at: number) => bursts.some(burst => at >= burst.at && at < burst.at + burst.lengthMs)
  const sale = (at: number) => at > 5 * dayMs && at < 5 * dayMs + 6 * minutes
  return [
    { name: 'steady', about: 'synthetic: Poisson, 6/s', lengthMs: 20 * minutes, most: 6, rate: () => 6 },
    {
      name: 'steps',
      about: 'synthetic: 2, 12, 4, 20, 1/s for 4 min each',
      lengthMs: 20 * minutes,
      most: 20,
      rate: at => [2, 12, 4, 20, 1][Math.floor(at / (4 * minutes))] ?? 1,
    },
    {
      name: 'ramps',
      about: 'synthetic: 1 to 20/s and back within 2 × 3 min, three times',
      lengthMs: 20 * minutes,
      most: 20,
      rate: at => {
        const phase = (at % (6.5 * minutes)) / (3 * minutes)
        return phase < 1 ? 1 + 19 * phase : phase < 2 ? 20 - 19 * (phase - 1) : 1
      },
    },
    {
      name: 'bursts',
      about: 'synthetic: 2/s, and twelve bursts of 18/s for 5–30 s',
      lengthMs: 30 * minutes,
      most: 18,
      rate: at => (inBurst(at) ? 18 : 2),
    },
    {
      name: 'seasons',
      about: 'synthetic: six days of 10 min, 1.5 to 12.5/s',
      lengthMs: 6 * dayMs,
      most: 12.5,
      rate: day,
      seasonMs: dayMs,
    },
    {
      name: 'black friday',
      about: 'synthetic: the same days; on the sixth three times the load, at once, for 6 min',
      lengthMs: 6 * dayMs,
      most: 37.5,
      rate: at => (sale(at) ? Math.min(27, 3 * day(at)) : day(at)),
      seasonMs: dayMs,
    },
    {
      name: 'four cores',
      about: 'synthetic: 2/s, twice 6.5/s for 3 min, on a machine where a fifth lane adds nothing',
      lengthMs: 20 * minutes,
      most: 6.5,
      rate: at =>
        (at > 4 * minutes && at < 7 * minutes) || (at > 12 * minutes && at < 15 * minutes) ? 6.5 : 2,
      machine: narrow,
    },
  ]
}

/** @param seed the same one makes the same traces */
export function syntheticTraces(seed: number): Trace[] {
  return shapesOf(randomOf(seed)).map((shape, at) => ({
    name: shape.name,
    about: shape.about,
    arrivals: poisson(randomOf(seed * 1000 + at), shape.lengthMs, shape.most, shape.rate),
    machine: shape.machine ?? wide,
    ...(shape.seasonMs === undefined ? {} : { seasonMs: shape.seasonMs }),
  }))
}

/** Milliseconds of work for a token in and a token out: about what a small model takes in a page. */
const [inMs, outMs] = [0.15, 2]

/**
 * Azure's public trace of a conversation service (2023, CC-BY), so many times as fast; undefined where it is not
 * beside the repository.
 */
export function azureTrace(timesAsFast: number): Trace | undefined {
  const shared =
    process.env['SHOAL_SHARED'] ?? fileURLToPath(new URL('../../../../../shared', import.meta.url))
  const file = `${shared}/traces/azure-llm-conv.csv`
  if (!existsSync(file)) return undefined
  const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1)
  const times = rows.map(row => {
    const [stamp = '', context, generated] = row.split(',')
    // Seven digits of a second are more than Date reads.
    const [whole = '', rest = ''] = stamp.split('.')
    return {
      ms: Date.parse(`${whole.replace(' ', 'T')}Z`) + Number(`0.${rest || '0'}`) * 1000,
      workMs: inMs * Number(context) + outMs * Number(generated),
    }
  })
  const start = times[0]?.ms ?? 0
  return {
    name: timesAsFast === 1 ? 'azure' : `azure ×${timesAsFast}`,
    about: `recorded: Azure LLM inference, conversation, 2023${timesAsFast === 1 ? '' : `, ${timesAsFast} times as fast`}`,
    arrivals: times.map(({ ms, workMs }) => ({ at: (ms - start) / timesAsFast, workMs })),
    machine: wide,
  }
}

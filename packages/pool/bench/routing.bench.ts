// Routing, simulated: what share of the best placement that never changes the router reaches after 50 requests of each
// model from cold. Recorded service times of real browsers, and made-up ones that are harder; the choices are the
// pool's own. Beside it, after the same number of requests, what the router chooses on real browsers.

import { readFile } from 'node:fs/promises'
import { type Bench, quantile, type Row } from '@shoal/tools/bench'
import { madeUpPlaces, type Places, recordedPlaces } from './routing/Places.ts'
import { realRows } from './routing/real/rows.ts'
import type { ServiceTimes } from './routing/ServiceTimes.ts'
import { bestStatic, simulateRouting } from './routing/simulate.ts'

const [learn, count] = [50, 200]
/** The best placement is looked for on a seed of its own, with fewer requests for each of hundreds of placements. */
const search = { learn: 20, count: 60, seed: 1 }
const seeds = Array.from({ length: 20 }, (_, at) => 101 + at)
const aim = 0.95

export const bench: Bench = {
  name: 'routing',
  description: 'the router, simulated from cold, beside the best placement that never changes',
  parts: {
    simulated: 'throughput beside the best placement that never changes, in virtual time',
    real: 'the choice for six models on Chromium and Firefox, beside the simulated one; some minutes',
  },
  async run(context) {
    const real = context.only?.has('simulated') && !context.only.has('real') ? [] : await realRows(context)
    if (context.only?.has('simulated') === false) return real
    const text = await readFile(new URL('routing/serviceTimes.json', import.meta.url), 'utf8')
    const recorded: ServiceTimes = JSON.parse(text)
    const simulated = [recordedPlaces(recorded), ...madeUpPlaces()].flatMap(places => {
      context.progress(places.name)
      return rowsOf(places)
    })
    return [...simulated, ...real]
  },
}

function rowsOf(places: Places): Row[] {
  const best = bestStatic(places, search)
  const runs = seeds.map(seed => {
    const options = { learn, count, seed }
    const ours = simulateRouting(places, undefined, options)
    const fixed = simulateRouting(places, best.placement, options)
    return { ...ours, beside: fixed.throughput, ratio: ours.throughput / fixed.throughput }
  })
  const middle = (of: (run: (typeof runs)[number]) => number) => quantile(runs.map(of), 0.5)
  const ratio = middle(run => run.ratio)
  const where = Object.entries(best.placement)
    .map(([model, lanes]) => `${model} on ${lanes.join(' + ')}`)
    .join('; ')
  const explored = (middle(run => run.explored) * 100).toFixed(1)
  return [
    {
      name: `${places.name}: after ${learn} requests a model, ${explored} % of lane time to learn`,
      value: middle(run => run.throughput),
      unit: 'requests/s',
      beside: `the best static placement (${where})`,
      besideValue: middle(run => run.beside),
      ratio,
      n: seeds.length,
      spread: [
        quantile(
          runs.map(run => run.throughput),
          0.25,
        ),
        quantile(
          runs.map(run => run.throughput),
          0.75,
        ),
      ],
      aim: `at least × ${aim}; least of all seeds × ${Math.min(...runs.map(run => run.ratio)).toFixed(2)}`,
      met: ratio >= aim,
    },
  ]
}

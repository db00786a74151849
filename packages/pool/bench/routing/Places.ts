// What requests of each model take on each lane, for the simulation: from the recorded quantiles, or made up and said so.

import type { Random } from '../scaling/random.ts'
import type { ServiceTimes } from './ServiceTimes.ts'

export interface SimulatedPlace {
  readonly lane: string
  readonly browser: string
  readonly backend: 'wasm' | 'webgpu'
  readonly software: boolean
  /** By model: quantiles in milliseconds, equally far apart. */
  readonly quantilesMs: Readonly<Record<string, readonly number[]>>
}

export interface Places {
  readonly name: string
  readonly models: readonly string[]
  readonly lanes: readonly SimulatedPlace[]
}

/** A time from the distribution, between its quantiles along a straight line. */
export function draw(quantiles: readonly number[], random: Random): number {
  const at = random.next() * (quantiles.length - 1)
  const [low, high] = [quantiles[Math.floor(at)] ?? 0, quantiles[Math.ceil(at)] ?? 0]
  return low + (high - low) * (at - Math.floor(at))
}

/** The recorded browsers, one lane each. */
export function recordedPlaces({ times, machine, recorded }: ServiceTimes): Places {
  const lanes = new Map<string, SimulatedPlace>()
  for (const { model, browser, backend, software, quantilesMs } of times) {
    const lane = `${browser} ${backend}`
    const known = lanes.get(lane)?.quantilesMs ?? {}
    lanes.set(lane, {
      lane,
      browser,
      backend: backend === 'webgpu' ? 'webgpu' : 'wasm',
      software,
      quantilesMs: { ...known, [model]: quantilesMs },
    })
  }
  return {
    name: `recorded ${recorded} on ${machine}`,
    models: [...new Set(times.map(({ model }) => model))],
    lanes: [...lanes.values()],
  }
}

/** Half to one and a half times the median, evenly. */
const around = (medianMs: number) => [0.5, 0.75, 1, 1.25, 1.5].map(share => share * medianMs)

/** Made up: lanes of which each is best for another model, and lanes of which one is best for all. */
export function madeUpPlaces(): Places[] {
  const place = (
    lane: string,
    browser: string,
    medians: Readonly<Record<string, number>>,
  ): SimulatedPlace => ({
    lane,
    browser,
    backend: 'webgpu',
    software: false,
    quantilesMs: Object.fromEntries(Object.entries(medians).map(([model, ms]) => [model, around(ms)])),
  })
  return [
    {
      name: 'synthetic: each browser is best for one model, by a factor of 3 to 10',
      models: ['audio', 'vision', 'text'],
      lanes: [
        place('firefox', 'firefox', { audio: 20, vision: 100, text: 60 }),
        place('chrome', 'chrome', { audio: 100, vision: 20, text: 60 }),
        place('edge', 'edge', { audio: 100, vision: 60, text: 8 }),
      ],
    },
    {
      name: 'synthetic: one browser is twice as fast as another for all models, a third ten times as slow',
      models: ['a', 'b'],
      lanes: [
        place('fast', 'chrome', { a: 20, b: 50 }),
        place('slower', 'firefox', { a: 40, b: 100 }),
        place('slow', 'edge', { a: 200, b: 500 }),
      ],
    },
    {
      name: 'synthetic: the preference table is wrong by a factor of 5',
      models: ['vision', 'audio'],
      lanes: [
        place('chrome', 'chrome', { vision: 100, audio: 20 }),
        place('firefox', 'firefox', { vision: 20, audio: 100 }),
      ],
    },
  ]
}

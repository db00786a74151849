// How many lanes, with how many threads, on which back-end: tables of cases.
import { describe, expect, it } from 'vitest'
import { LaneOpenFailed } from '../../../src/errors.ts'
import type { Lane } from '../../../src/node/link/Lane.ts'
import type { LiveConnection } from '../../../src/node/link/LivePage.ts'
import { type LaneWish, openingOrder, planLanes } from '../../../src/node/link/lanePlan.ts'
import { openLanes } from '../../../src/node/link/openLanes.ts'
import type { Backend, Capabilities } from '../../../src/protocol/messages.ts'

const adapter = (software: boolean) => ({
  adapter: { vendor: '', architecture: '', description: '', software },
  features: [],
  limits: {},
})
const machine = (over: Partial<Capabilities> = {}): Capabilities => ({
  isolated: true,
  cores: 8,
  threads: 8,
  wasm: { simd: true, threads: true },
  webnn: { cpu: false, gpu: false, npu: false },
  reasons: {},
  ...over,
})

describe('A page’s lanes', () => {
  const cases: readonly [string, Backend, Partial<Capabilities>, LaneWish, number, number][] = [
    ['8 cores share out as 2 lanes of 4', 'wasm', {}, {}, 2, 4],
    ['2 cores as 2 lanes of 1', 'wasm', { cores: 2, threads: 2 }, {}, 2, 1],
    ['1 core has one', 'wasm', { cores: 1, threads: 1 }, {}, 1, 1],
    ['64 cores as 16 lanes of 4', 'wasm', { cores: 64, threads: 64 }, {}, 16, 4],
    ['a page that is not isolated has one thread a lane', 'wasm', { threads: 1, isolated: false }, {}, 8, 1],
    ['a phone of 4 GB has 2', 'wasm', { threads: 1, memoryGb: 4 }, {}, 2, 1],
    ['pages share the cores', 'wasm', {}, { pages: 4 }, 2, 1],
    ['never less than one', 'wasm', {}, { pages: 100 }, 1, 1],
    ['the user’s threads, and lanes for them', 'wasm', {}, { threads: 2 }, 4, 2],
    ['no more threads than there are', 'wasm', { threads: 1 }, { threads: 4 }, 8, 1],
    ['the user’s lanes', 'wasm', {}, { lanes: 5 }, 5, 4],
    ['one GPU, one lane', 'webgpu', { webgpu: adapter(false) }, {}, 1, 1],
    ['a software adapter too', 'webgpu', { webgpu: adapter(true) }, {}, 1, 1],
    ['unless the user wants more', 'webgpu', { webgpu: adapter(false) }, { lanes: 2 }, 2, 1],
    ['one NPU, one lane', 'webnn-npu', {}, {}, 1, 1],
  ]
  it.each(cases)('%s', (_, backend, over, wish, lanes, threads) => {
    expect(planLanes(backend, machine(over), wish)).toMatchObject({ lanes, threads })
  })

  it('say why they are so many', () => {
    expect(planLanes('wasm', machine()).why).toBe('8 cores, 4 threads each')
    expect(planLanes('wasm', machine({ threads: 1, memoryGb: 4 })).why).toBe('one for each 2 GB of its 4')
    expect(planLanes('webgpu', machine({ webgpu: adapter(true) })).why).toContain('the CPU')
    expect(planLanes('wasm', machine(), { lanes: 1 }).why).toBe('as asked')
  })
})

describe('The order of back-ends', () => {
  it('is the user’s, without those that the probe has ruled out, each with why', () => {
    const reasons = { 'webnn-npu': 'NotSupportedError', webgpu: 'no adapter' }
    expect(openingOrder(['webnn-npu', 'webgpu', 'wasm', 'wasm'], machine({ reasons }))).toEqual({
      tries: ['wasm'],
      passedOver: [
        { backend: 'webnn-npu', reason: 'NotSupportedError' },
        { backend: 'webgpu', reason: 'no adapter' },
      ],
    })
    const able = machine({ webgpu: adapter(true), webnn: { cpu: true, gpu: true, npu: false } })
    const wanted: Backend[] = ['wasm', 'webnn-gpu', 'webgpu', 'webnn-cpu']
    expect(openingOrder(wanted, able).tries).toEqual(wanted)
  })

  const live = (fails: readonly Backend[]) => {
    const closed: string[] = []
    let lanes = 0
    const connection = {
      id: 'c',
      capabilities: machine({ webgpu: adapter(false) }),
      openLane: async (backend: Backend, threads = 1) => {
        const id = `${backend}/${++lanes}`
        if (fails.includes(backend) && lanes !== 1) {
          throw new LaneOpenFailed({
            connection: 'c',
            backend,
            code: 'DeviceLost',
            reason: 'the driver fell over',
          })
        }
        return { id, backend, threads, close: () => closed.push(id) } as unknown as Lane
      },
    } as unknown as LiveConnection
    return { connection, closed }
  }

  it('falls back where a lane does not open, keeps none of the half-opened, and says so', async () => {
    const { connection, closed } = live(['webgpu'])
    const opened = await openLanes(connection, ['webnn-cpu', 'webgpu', 'wasm'], { lanes: 2 })
    expect(opened).toMatchObject({
      backend: 'wasm',
      passedOver: [{ backend: 'webnn-cpu' }, { backend: 'webgpu', reason: 'the driver fell over' }],
    })
    expect(opened.lanes.map(({ backend }) => backend)).toEqual(['wasm', 'wasm'])
    expect(closed).toEqual(['webgpu/1'])
  })

  it('ends with every reason where nothing opens', async () => {
    const { connection } = live(['wasm'])
    await expect(openLanes(connection, ['webnn-npu', 'wasm'], { lanes: 2 })).rejects.toMatchObject({
      _tag: 'LaneOpenFailed',
      reason: 'webnn-npu: its probe did not succeed; wasm: the driver fell over',
    })
  })
})

// Memory comes back: a lane's with its end, and of load, run and unload, round after round, nothing is left behind, in
// the browser or here. Measured from outside, on the browser's processes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  BridgeHost,
  type Browser,
  type Lane,
  type LiveConnection,
  launch,
  type ModelManifest,
  type RunRequest,
} from '../../src/index.ts'
import { heldBytes } from '../rig/heldBytes.ts'
import { kinds } from '../rig/openPage.ts'
import { ownMemory } from '../rig/ownMemory.ts'
import { join, Rig, until } from '../rig/Rig.ts'
import { SeededFiles } from '../rig/SeededFiles.ts'
import { trendOf } from '../rig/trend.ts'

const long = process.env['SHOAL_LONG'] === '1'
const rounds = { kept: long ? 1000 : 30, ended: long ? 200 : 6 }
/** A lane's first rounds make what it keeps: its heap, its session's arenas. */
const warmUp = 5
const shorter = (of: number) => (long ? '' : ` (${of} with SHOAL_LONG=1)`)
const MiB = 1 << 20
/** For memory to come back: an ended worker's does when its browser next looks. */
const limitMs = 150_000
/** Noise of a browser at rest: caches of its own, and when it collects what. */
const restless = 24 * MiB
/** And of one where lanes end: now none and now one of them is not collected yet. */
const restlessLanes = 96 * MiB

const ids: RunRequest = {
  input: { kind: 'tensors' },
  tensors: ['input_ids', 'attention_mask', 'token_type_ids'].map(name => ({
    name,
    dtype: 'int64',
    dims: [1, 4],
    data: new BigInt64Array(4).fill(1n),
  })),
}

for (const kind of kinds)
  describe.skipIf(kind.found === undefined || process.platform !== 'linux')(`Memory in ${kind.title}`, () => {
    const { found } = kind
    if (found === undefined) return
    const rig = new Rig()
    const files = new SeededFiles()
    let browser: Browser
    let live: LiveConnection
    const bytes = async () => ownMemory((await browser.tree()).pids)
    beforeAll(async () => {
      const host = await rig.run(BridgeHost.start({ files }))
      browser = await rig.run(launch(found))
      ;({ live } = await join(host, browser, 'one'))
    })
    afterAll(() => rig[Symbol.asyncDispose]())

    const round = async (lane: Lane, model: ModelManifest) => {
      await lane.load(model)
      await lane.run(model.key, ids, { deadlineMs: 60_000 })
      await lane.unload(model.key)
    }
    const closed = async (lane: Lane) => {
      lane.close()
      await lane.lost
    }

    it('comes back when a lane ends: no less than the 43 MB of its model', async () => {
      const { graph } = await files.add({ architecture: 'bertEncoder', size: 'mini' })
      const lane = await live.openLane('wasm', 1)
      await lane.load(graph)
      const loaded = await bytes()
      await closed(lane)
      await until(async () => (await bytes()) < loaded - 43e6, limitMs)
    }, 300_000)

    // A browser collects when it likes: over few rounds its memory goes up and down by more than a leak would be. So
    // the short rows wait for what must come back, and only the long ones look for a slope.
    it(`comes back after ${rounds.kept} rounds of load, run and unload in one lane${shorter(1000)}`, async () => {
      const { graph } = await files.add({ architecture: 'bertEncoder' })
      const lane = await live.openLane('wasm', 1)
      for (let first = 0; first < warmUp; first++) await round(lane, graph)
      const [before, ownBefore] = [await bytes(), heldBytes()]
      await observed(rounds.kept, restless, () => round(lane, graph))
      // With the lane still there: its end would give back what its rounds had left. Had each left its model's 4 MB,
      // there or here, it were twice that and more, however many follow. Garbage goes when more rounds make more of it.
      let done = rounds.kept
      for (; done < 5 * rounds.kept && (await bytes()) >= before + done * 2e6; done++)
        await round(lane, graph)
      expect(await bytes()).toBeLessThan(before + done * 2e6)
      expect(heldBytes()).toBeLessThan(ownBefore + done * 2e6)
      await closed(lane)
    }, 900_000)

    it(`comes back after ${rounds.ended} lanes that were opened, used and ended${shorter(200)}`, async () => {
      const { graph } = await files.add({ architecture: 'bertEncoder' })
      const before = await bytes()
      await observed(rounds.ended, restlessLanes, async () => {
        const lane = await live.openLane('wasm', 1)
        await round(lane, graph)
        await closed(lane)
      })
      // A lane takes about 90 MB.
      await until(async () => (await bytes()) < before + rounds.ended * 30e6, limitMs)
    }, 900_000)

    /** Does it so often; over a long row both processes must stay flat after the first quarter, which warms up. */
    const observed = async (times: number, noise: number, once: () => Promise<void>) => {
      const browserBytes: number[] = []
      const ownBytes: number[] = []
      for (let done = 0; done < times; done++) {
        await once()
        if (!long || done < times / 4 || done % (times / 40) !== 0) continue
        browserBytes.push(await bytes())
        ownBytes.push(heldBytes())
      }
      if (!long) return
      expectFlat(browserBytes, noise)
      expectFlat(ownBytes, 2 * MiB)
    }
  })

/** No growth that is both beyond chance and beyond what is noise over the whole series. */
function expectFlat(values: readonly number[], noise: number): void {
  const { slope, low } = trendOf(values)
  const grown = slope * (values.length - 1)
  const said = `${(grown / MiB).toFixed(1)} MiB over ${values.length} measurements: ${values.map(value => (value / MiB).toFixed(1)).join(' ')}`
  expect(low <= 0 || grown < noise, said).toBe(true)
}

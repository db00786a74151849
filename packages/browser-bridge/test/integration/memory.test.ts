// Memory comes back: a lane's with its end, and of load, run and unload, round after round, nothing is left behind, in
// the browser or here. Measured from outside, as what the browser's processes share out (PSS).
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
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
import { kinds } from '../rig/openPage.ts'
import { join, Rig, until } from '../rig/Rig.ts'
import { SeededFiles } from '../rig/SeededFiles.ts'
import { trendOf } from '../rig/trend.ts'

const long = process.env['CI'] !== undefined || process.env['SHOAL_LONG'] === '1'
const rounds = { kept: long ? 1000 : 60, ended: long ? 1000 : 6 }
const shorter = long ? '' : ' (1000 with SHOAL_LONG=1)'
const MiB = 1 << 20
/** Noise of a browser at rest: caches of its own, and when it collects what. */
const restless = 24 * MiB

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const heapUsed = () => {
  collect()
  return process.memoryUsage().heapUsed
}

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
    const pss = async () => (await browser.tree()).pssBytes ?? Number.NaN
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

    it('comes back when a lane ends: most of what a model of 43 MB and its lane had taken', async () => {
      const { graph } = await files.add({ architecture: 'bertEncoder', size: 'mini' })
      // What the first lane of a page leaves in its browser (compiled code, caches) is not the lane's.
      const first = await live.openLane('wasm', 1)
      await round(first, graph)
      await closed(first)
      const before = await pss()
      const lane = await live.openLane('wasm', 1)
      await lane.load(graph)
      const taken = (await pss()) - before
      expect(taken).toBeGreaterThan(40 * MiB)
      await closed(lane)
      await until(async () => (await pss()) - before < taken / 2, 45_000)
    })

    it(`does not grow over ${rounds.kept} rounds of load, run and unload in one lane${shorter}`, async () => {
      const { graph } = await files.add({ architecture: 'bertEncoder' })
      const lane = await live.openLane('wasm', 1)
      const browserBytes: number[] = []
      const ownBytes: number[] = []
      for (let done = 0; done < rounds.kept; done++) {
        await round(lane, graph)
        // The first quarter warms up.
        if (done < rounds.kept / 4 || done % (rounds.kept / 20) !== 0) continue
        browserBytes.push(await pss())
        ownBytes.push(heapUsed())
      }
      await closed(lane)
      expectFlat(browserBytes, restless)
      expectFlat(ownBytes, 2 * MiB)
    }, 600_000)

    it(`does not grow over ${rounds.ended} lanes opened, used and ended${shorter}`, async () => {
      const { graph } = await files.add({ architecture: 'bertEncoder' })
      const browserBytes: number[] = []
      const ownBytes: number[] = []
      for (let done = 0; done < rounds.ended; done++) {
        const lane = await live.openLane('wasm', 1)
        await round(lane, graph)
        await closed(lane)
        if (done % Math.ceil(rounds.ended / 40) !== 0 || done < rounds.ended / 4) continue
        browserBytes.push(await pss())
        ownBytes.push(heapUsed())
      }
      expectFlat(browserBytes, restless)
      expectFlat(ownBytes, 2 * MiB)
    }, 3_600_000)
  })

/** No growth that is both beyond chance and beyond what is noise over the whole series. */
function expectFlat(values: readonly number[], noise: number): void {
  const { slope, low } = trendOf(values)
  const grown = slope * (values.length - 1)
  const said = `${(grown / MiB).toFixed(1)} MiB over ${values.length} measurements: ${values.map(value => (value / MiB).toFixed(1)).join(' ')}`
  expect(low <= 0 || grown < noise, said).toBe(true)
}

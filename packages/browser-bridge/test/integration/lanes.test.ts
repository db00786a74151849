// A page's lanes: several side by side, stopped by force where nothing softer works, lost with their GPU device, and there
// again after that.
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  BridgeHost,
  type Browser,
  type FileProvider,
  type Lane,
  type LiveConnection,
  launch,
  type ModelManifest,
  type RunRequest,
} from '../../src/index.ts'
import { listProcesses } from '../../src/node/browsers/processTable.ts'
import { kinds } from '../rig/openPage.ts'
import { busyGraph } from '../rig/pageModels.ts'
import { join, Rig, until } from '../rig/Rig.ts'
import { SeededFiles } from '../rig/SeededFiles.ts'

/** Serves files, but for the first answer to a request for `key`: that one never comes to anything. */
class StalledFirst implements FileProvider {
  readonly #files: FileProvider
  readonly #key: string
  readonly asked = Promise.withResolvers<void>()
  readonly letGo = Promise.withResolvers<void>()
  #stalled = false

  constructor(files: FileProvider, key: string) {
    this.#files = files
    this.#key = key
  }

  open: FileProvider['open'] = (key, file, range) => {
    const opened = this.#files.open(key, file, range)
    if (opened === undefined || key !== this.#key || this.#stalled) return opened
    this.#stalled = true
    this.asked.resolve()
    const stream = new Readable({ read: () => {} }).on('close', () => this.letGo.resolve())
    return { ...opened, stream }
  }
}

const ids = (length: number): RunRequest => ({
  input: { kind: 'tensors' },
  tensors: ['input_ids', 'attention_mask', 'token_type_ids'].map(name => ({
    name,
    dtype: 'int64',
    dims: [1, length],
    data: new BigInt64Array(length).fill(1n),
  })),
})

for (const kind of kinds)
  describe.skipIf(kind.found === undefined)(`Lanes in ${kind.title}`, () => {
    const { found } = kind
    if (found === undefined) return
    const rig = new Rig()
    const files = new SeededFiles()
    const served = new StalledFirst(files, 'stalled')
    let browser: Browser
    let live: LiveConnection
    let bert: ModelManifest
    beforeAll(async () => {
      const host = await rig.run(BridgeHost.start({ files: served }))
      browser = await rig.run(launch(found, kind.kind === 'chromium' ? { adapter: 'software' } : {}))
      ;({ live } = await join(host, browser, 'one'))
      bert = (await files.add({ architecture: 'bertEncoder' })).graph
    })
    afterAll(() => rig[Symbol.asyncDispose]())

    it('stand side by side in one page, with the threads that are used, and answer alike', async () => {
      const lanes = await Promise.all([live.openLane('wasm', 2), live.openLane('wasm', 2)])
      const usable = Math.min(2, live.capabilities.threads)
      expect(lanes.map(({ threads }) => threads)).toEqual([usable, usable])
      await Promise.all(lanes.map(lane => lane.load(bert)))
      const answers = await Promise.all(lanes.map(lane => lane.run(bert.key, ids(8), { deadlineMs: 60_000 })))
      expect(answers[0]?.outputs).toEqual(answers[1]?.outputs)
      for (const lane of lanes) lane.close()
    })

    it('fetch nothing more for a load that was given up, hold nothing of it, and load it again when asked', async () => {
      const lane = await live.openLane('wasm', 1)
      const model = files.put('stalled', busyGraph())
      const controller = new AbortController()
      const given = lane.load(model, { signal: controller.signal }).catch((error: unknown) => error)
      await served.asked.promise
      controller.abort()
      expect(await given).toMatchObject({ _tag: 'RequestCancelled' })
      await served.letGo.promise
      await until(() => lane.inFlight === 0 || undefined)
      expect(lane.models.size).toBe(0)
      expect((await lane.load(model)).files).toMatchObject({ downloadedBytes: model.files[0]?.bytes })
      lane.close()
    })

    it('are terminated where a request that was given up does not end, and what else was on them may be run again', async () => {
      const lane = await live.openLane('wasm', 1)
      const busy = files.put('busy', busyGraph())
      await lane.load(busy)
      const run = (size: bigint, signal?: AbortSignal) =>
        lane.run(
          busy.key,
          {
            input: { kind: 'tensors' },
            tensors: [{ name: 'x', dtype: 'int64', dims: [2], data: BigInt64Array.of(size, size) }],
          },
          {
            deadlineMs: 60_000,
            ...(signal === undefined ? {} : { signal, terminateAfterMs: 50 }),
          },
        )
      expect((await run(2n)).outputs[0]?.dims).toEqual([1, 1])
      const controller = new AbortController()
      // One run of a graph has no steps: nothing softer ends it.
      const endless = run(6_000n, controller.signal)
      const beside = run(2n)
      const both = Promise.allSettled([endless, beside])
      controller.abort()
      const [given, other] = await both
      expect(given).toMatchObject({ status: 'rejected', reason: { _tag: 'RequestCancelled' } })
      expect(other).toMatchObject({ status: 'rejected', reason: { _tag: 'LaneLost', mayRunAgain: true } })
      expect((await lane.lost).message).toMatch(/had not ended there 50 ms later/)
    })

    const gpu = async (): Promise<Lane | undefined> =>
      live.capabilities.webgpu === undefined ? undefined : await live.openLane('webgpu')

    it('say that their GPU device was lost, and open again', async ({ skip }) => {
      const lane = await gpu()
      if (lane === undefined) return skip(`no WebGPU here: ${live.capabilities.reasons.webgpu}`)
      await lane.load(bert)
      await lane.run(bert.key, ids(4), { deadlineMs: 60_000 })
      const { pids } = await browser.tree()
      const process_ = (await listProcesses()).find(
        ({ pid, command }) => pids.includes(pid) && command.join(' ').includes('--type=gpu-process'),
      )
      if (process_ === undefined) return skip('its GPU work is done in its main process')
      process.kill(process_.pid, 'SIGKILL')
      expect(await lane.lost).toMatchObject({ _tag: 'LaneLost', code: 'DeviceLost' })
      const again = await until(() => live.openLane('webgpu').catch(() => undefined))
      await again.load(bert)
      const { outputs } = await again.run(bert.key, ids(4), { deadlineMs: 60_000 })
      expect(outputs.length).toBeGreaterThan(0)
    })
  })

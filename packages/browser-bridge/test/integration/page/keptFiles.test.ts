// Files that the browser keeps: a page that starts again downloads nothing, whoever loaded before it; and what has
// changed on the way is found out.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ModelManifest } from '../../../src/protocol/messages.ts'
import { values } from '../../rig/answers.ts'
import { kinds, type Opened, open } from '../../rig/openPage.ts'
import { putSeeded } from '../../rig/pageModels.ts'

const request = { input: { kind: 'task', text: 'a shoal of fish' }, tensors: [] } as const

for (const kind of kinds)
  describe.skipIf(kind.found === undefined)(`Files kept in ${kind.title}`, () => {
    let opened: Opened
    let model: ModelManifest
    beforeAll(async () => {
      opened = await open(kind)
      model = (await putSeeded(opened.host, 'bertEncoder')).task
    })
    afterAll(() => opened[Symbol.asyncDispose]())

    /** The page again, as after a crash: new workers, the same profile. */
    const reload = async () => {
      const arrived = opened.host.newPage()
      await opened.tab.reload()
      const page = await arrived
      opened.host.requested.length = 0
      return page
    }
    const modelRequests = () => opened.host.requested.filter(path => path.startsWith('/f/'))
    const answer = async (page: Opened['page'], lane = 1) =>
      values((await page.run({ lane, model: model.key, ...request })).tensors[0])

    it('are taken from there after a reload: nothing is asked of the host, and the answer is the same', async () => {
      const { page } = opened
      await page.openLane(1, 'wasm')
      const first = await page.load(1, model, true)
      const { downloadedBytes = 0, keptBytes = 0, note } = first.files ?? {}
      expect(downloadedBytes).toBeGreaterThan(4_000_000)
      expect(note).toBeUndefined()
      const before = await answer(page)
      const again = await reload()
      await again.openLane(1, 'wasm')
      const { files } = await again.load(1, model, true)
      // Transformers.js reads some files twice.
      expect(files).toEqual({ downloadedBytes: 0, keptBytes: downloadedBytes + keptBytes })
      expect(modelRequests()).toEqual([])
      expect(await answer(again)).toEqual(before)
    })

    it('serve two lanes at once', async () => {
      const page = await reload()
      await Promise.all([1, 2].map(lane => page.openLane(lane, 'wasm')))
      const loaded = await Promise.all([1, 2].map(lane => page.load(lane, model, true)))
      expect(loaded.map(({ files }) => files?.downloadedBytes)).toEqual([0, 0])
      expect(await answer(page, 2)).toEqual(await answer(page, 1))
    })

    it('are not believed where their content has changed: the file comes from the host again', async () => {
      const graph = model.files.find(({ path }) => path === model.graphFile)
      await opened.tab.evaluate(`(async () => {
        const root = await navigator.storage.getDirectory()
        const folder = await root.getDirectoryHandle('shoal-models')
        const handle = await folder.getFileHandle('${graph?.sha256}')
        const writable = await handle.createWritable({ keepExistingData: true })
        await writable.write({ type: 'write', position: 1000, data: new Uint8Array([1, 2, 3]) })
        await writable.close()
      })()`)
      const page = await reload()
      await page.openLane(1, 'wasm')
      const { files } = await page.load(1, model, true)
      expect(files).toMatchObject({
        downloadedBytes: graph?.bytes,
        note: expect.stringMatching(/had changed, and was dropped/),
      })
      expect(modelRequests()).toHaveLength(1)
      const next = await reload()
      await next.openLane(1, 'wasm')
      expect((await next.load(1, model, true)).files?.downloadedBytes).toBe(0)
    })

    it('are left alone by a load that does not ask for it', async () => {
      const page = await reload()
      await page.openLane(1, 'wasm')
      const { files } = await page.load(1, model)
      expect(files?.keptBytes).toBe(0)
    })
  })

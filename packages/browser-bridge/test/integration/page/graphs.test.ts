// Graphs in real browsers: numbers right, every dtype crossing both ways, every fault typed and survived.

import { readFile } from 'node:fs/promises'
import type { NamedTensor } from '@shoal/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ModelManifest } from '../../../src/protocol/messages.ts'
import { floats, maxDifference } from '../../rig/answers.ts'
import { kinds, type Opened, open } from '../../rig/openPage.ts'
import {
  hasShared,
  identityGraph,
  putGraph,
  putMnist,
  sharedModel,
  sharedTitle,
  squareGraph,
} from '../../rig/pageModels.ts'

const argmax = (values: readonly number[]) => values.indexOf(Math.max(...values))

/** The picture as the model wants it, decoded by the browser itself. */
async function digit({ tab }: Opened, file: string): Promise<NamedTensor> {
  const bytes = [...(await readFile(sharedModel(`mnist/${file}`)))]
  // As text: it runs in the page, whose types this file does not have.
  const grey = (await tab.evaluate(`(async () => {
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(${JSON.stringify(bytes)})]))
    const context = new OffscreenCanvas(28, 28).getContext('2d')
    context.drawImage(bitmap, 0, 0)
    const { data } = context.getImageData(0, 0, 28, 28)
    return Array.from({ length: 784 }, (_, i) => data[i * 4])
  })()`)) as number[]
  return { name: 'Input3', dtype: 'float32', dims: [1, 1, 28, 28], data: Float32Array.from(grey) }
}

const run = (model: ModelManifest) => ({ lane: 1, model: model.key, input: { kind: 'tensors' } }) as const

/** A square matrix of one value, or one element where the size is 1. */
const square = (size: number, value: number): NamedTensor => ({
  name: 'x',
  dtype: 'float32',
  dims: size === 1 ? [1] : [size, size],
  data: new Float32Array(size * size).fill(value),
})

for (const kind of kinds)
  describe.skipIf(kind.found === undefined)(`Graphs in ${kind.title}`, () => {
    let opened: Opened
    let mnist: ModelManifest
    beforeAll(async () => {
      opened = await open(kind)
      if (hasShared) mnist = await putMnist(opened.host)
      await opened.page.openLane(1, 'wasm', 2)
    })
    afterAll(() => opened[Symbol.asyncDispose]())

    it.skipIf(!hasShared)(`read a 3 and a 7 off their pictures on WASM${sharedTitle}`, async () => {
      const { page } = opened
      const loaded = await page.load(1, mnist)
      const bytes = mnist.files[0]?.bytes
      expect(page.log.findLast(({ t }) => t === 'progress')).toMatchObject({
        file: 'onnx/model.onnx',
        loaded: bytes,
        total: bytes,
      })
      expect(loaded.inputs).toEqual([{ name: 'Input3', dtype: 'float32', dims: [1, 1, 28, 28] }])
      for (const wanted of [3, 7]) {
        const tensors = [await digit(opened, `digit-${wanted}.jpg`)]
        const result = await page.run({ lane: 1, model: 'mnist', input: { kind: 'tensors' }, tensors })
        expect(argmax(floats(result))).toBe(wanted)
        expect(result.tensors.map(({ name, dims }) => ({ name, dims }))).toEqual([
          { name: 'Plus214_Output_0', dims: [1, 10] },
        ])
      }
    })

    it.skipIf(!hasShared)(
      `read the same on WebGPU, where there is an adapter${sharedTitle}`,
      async ({ skip }) => {
        const { page } = opened
        const { webgpu, reasons } = page.hello.capabilities
        if (webgpu === undefined) return skip(`no WebGPU here: ${reasons.webgpu}`)
        const lane = await page.openLane(2, 'webgpu')
        expect(lane.adapter?.software).toBe(webgpu.adapter.software)
        await page.load(2, mnist)
        for (const wanted of [3, 7]) {
          const tensors = [await digit(opened, `digit-${wanted}.jpg`)]
          const run = { model: 'mnist', input: { kind: 'tensors' }, tensors } as const
          const [gpu, wasm] = [await page.run({ lane: 2, ...run }), await page.run({ lane: 1, ...run })]
          expect(argmax(floats(gpu))).toBe(wanted)
          expect(maxDifference(floats(gpu), floats(wasm))).toBeLessThan(0.05)
        }
      },
    )

    it.each<NamedTensor>([
      { name: 'x', dtype: 'float32', dims: [3], data: Float32Array.of(1.5, -0, 3e38) },
      { name: 'x', dtype: 'float16', dims: [3], data: Uint16Array.of(0x3c00, 0xbc00, 0x7bff) },
      { name: 'x', dtype: 'float64', dims: [2], data: Float64Array.of(Math.PI, 1e300) },
      { name: 'x', dtype: 'int8', dims: [3], data: Int8Array.of(-128, 0, 127) },
      { name: 'x', dtype: 'uint8', dims: [3], data: Uint8Array.of(0, 1, 255) },
      { name: 'x', dtype: 'int16', dims: [2], data: Int16Array.of(-32768, 32767) },
      { name: 'x', dtype: 'uint16', dims: [1], data: Uint16Array.of(65535) },
      { name: 'x', dtype: 'int32', dims: [2], data: Int32Array.of(-(2 ** 31), 7) },
      { name: 'x', dtype: 'uint32', dims: [1], data: Uint32Array.of(2 ** 32 - 1) },
      { name: 'x', dtype: 'int64', dims: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n) },
      { name: 'x', dtype: 'uint64', dims: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
      { name: 'x', dtype: 'bool', dims: [3], data: Uint8Array.of(1, 0, 1) },
      { name: 'x', dtype: 'string', dims: [2], data: ['', 'fjörð 🐟'] },
      { name: 'x', dtype: 'float32', dims: [0], data: new Float32Array(0) },
    ])('$dtype $dims crosses both ways unchanged', async tensor => {
      const { host, page } = opened
      const model = putGraph(host, `identity-${tensor.dtype}`, identityGraph(tensor.dtype))
      await page.load(1, model)
      const result = await page.run({
        lane: 1,
        model: model.key,
        input: { kind: 'tensors' },
        tensors: [tensor],
      })
      expect(result.tensors).toEqual([{ ...tensor, name: 'y' }])
    })

    it('answer quick runs in order, and say nothing when they begin', async () => {
      const { host, page } = opened
      const model = putGraph(host, 'identity-order', identityGraph('float32'))
      await page.load(1, model)
      page.log.length = 0
      const started = [1, 2, 3].map(value => page.start({ ...run(model), tensors: [square(1, value)] }))
      const results = await Promise.all(started.map(({ result }) => result))
      expect(results.map(result => floats(result))).toEqual([[1], [2], [3]])
    })

    it('say that a long run has begun; what waits behind it can be cancelled; the link goes on beating', async () => {
      const { host, page } = opened
      const model = putGraph(host, 'square', squareGraph())
      await page.load(1, model)
      const long = page.start({ ...run(model), tensors: [square(1500, 1)] })
      await page.next(message => (message.t === 'begin' && message.id === long.id ? true : undefined))
      const waiting = page.start({ ...run(model), tensors: [square(1500, 1)] })
      const dropped = page.start({ ...run(model), tensors: [square(2, 1)] })
      const cancelled = expect(dropped.result).rejects.toMatchObject({ code: 'Cancelled' })
      page.send({ t: 'cancel', id: dropped.id, lane: 1 })
      page.log.length = 0
      const result = await long.result
      const meanwhile = page.log.flatMap(message =>
        'lane' in message && message.lane !== 1 ? [] : [message.t],
      )
      expect(floats(result)[0]).toBe(1500)
      await waiting.result
      await cancelled
      expect(meanwhile).toContain('beat')
      expect(meanwhile).not.toContain('laneBeat')
    })
  })

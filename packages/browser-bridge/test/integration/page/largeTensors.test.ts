// Tensors of many chunks through a real page: they come whole, beats pass them, and an answer that is given up stops
// half-way.
import { type NamedTensor, tensorBytes } from '@shoal/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FlowFrame, readFlowFrame } from '../../../src/protocol/flowFrames.ts'
import type { PageMessage } from '../../../src/protocol/messages.ts'
import { kinds, type Opened, open } from '../../rig/openPage.ts'
import { identityGraph, putGraph } from '../../rig/pageModels.ts'

const bytes = 24 * 1024 * 1024
const data = Float32Array.from({ length: bytes / 4 }, (_, at) => at % 8_191)
const x: NamedTensor = { name: 'x', dtype: 'float32', dims: [data.length], data }
const input = { lane: 1, model: 'identity', input: { kind: 'tensors' }, tensors: [x] } as const

for (const kind of kinds)
  describe.skipIf(kind.found === undefined)(`A page in ${kind.title}`, () => {
    let opened: Opened
    beforeAll(async () => {
      opened = await open(kind, { beatMs: 50 })
      const model = putGraph(opened.host, 'identity', identityGraph('float32'))
      await opened.page.openLane(1, 'wasm')
      await opened.page.load(1, model)
    })
    afterAll(() => opened[Symbol.asyncDispose]())

    it('takes 24 MiB and gives them back, bit by bit, and beats meanwhile', async () => {
      const { page } = opened
      const { id, result } = page.start(input)
      const [output] = (await result).tensors as [NamedTensor]
      expect(Buffer.compare(tensorBytes(output), tensorBytes(x))).toBe(0)
      const of = (message: PageMessage) => message.t === 'beat' || ('id' in message && message.id === id)
      const said = page.log.filter(of).map(({ t }) => t)
      expect(said.indexOf('beat')).toBeLessThan(said.lastIndexOf('result'))
    })

    it('cuts an answer off that nobody wants any more, says so, and works on', async () => {
      const { page } = opened
      const credit = page.holdCredit()
      const hears = (tag: FlowFrame['_tag']) =>
        new Promise<void>(resolve =>
          page.socket.on('message', (message: Buffer) => readFlowFrame(message)._tag === tag && resolve()),
        )
      const [begun, cut] = [hears('Chunk'), hears('Cut')]
      const { id, result } = page.start(input)
      const cancelled = expect(result).rejects.toMatchObject({ code: 'Cancelled' })
      // It has no credit for all of it.
      await begun
      page.send({ t: 'cancel', id, lane: 1 })
      await cut
      credit()
      await cancelled
      expect((await page.run(input)).tensors[0]?.dims).toEqual([data.length])
    })
  })

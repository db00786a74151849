// Answers in parts, from a real host through a real page: text as it is written, each token once and in order; a
// reader who lags, leaves, or has too little time; and a lane that goes on after each of them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AnswerPart,
  BridgeHost,
  type Lane,
  launch,
  type ModelManifest,
  type RunRequest,
  type StreamOptions,
} from '../../src/index.ts'
import { kinds } from '../rig/openPage.ts'
import { join, Rig, until } from '../rig/Rig.ts'
import { SeededFiles } from '../rig/SeededFiles.ts'

const prompt = 'The quick brown fox'
const write = (
  options: Readonly<Record<string, unknown>> = {},
  text: string | string[] = prompt,
): RunRequest => ({
  input: { kind: 'task', text, options: { max_new_tokens: 24, ...options } },
  tensors: [],
})
/** Far more than any test waits for. */
const endless = { max_new_tokens: 480, min_new_tokens: 480 }
const textOf = (json: unknown) => (json as { generated_text: string }[])[0]?.generated_text ?? ''
type Written = { readonly token?: number; readonly text: string }
const written = (parts: readonly AnswerPart[]) => parts.map(({ json }) => json as Written)

for (const kind of kinds)
  describe.skipIf(kind.found === undefined)(`A streamed answer in ${kind.title}`, () => {
    const { found } = kind
    if (found === undefined) return
    const rig = new Rig()
    const files = new SeededFiles()
    let lane: Lane
    let gpt: ModelManifest
    const stream = (request: RunRequest, options: Partial<StreamOptions> = {}) =>
      lane.stream(gpt.key, request, { deadlineMs: 60_000, ...options })
    const read = async (request: RunRequest, options: Partial<StreamOptions> = {}) => {
      const streamed = stream(request, options)
      const parts: AnswerPart[] = []
      for await (const part of streamed) parts.push(part)
      return { parts: written(parts), result: await streamed.result }
    }
    beforeAll(async () => {
      const host = await rig.run(BridgeHost.start({ files }))
      const { live } = await join(host, await rig.run(launch(found)), 'one')
      gpt = (await files.add({ architecture: 'gptDecoder' })).task
      lane = await live.openLane('wasm')
      await lane.load(gpt)
    })
    afterAll(async () => {
      const { result } = await read(write({ max_new_tokens: 2 }))
      expect(textOf(result.json)).toMatch(/^the quick brown fox.+/)
      expect(lane.inFlight).toBe(0)
      await rig[Symbol.asyncDispose]()
    })

    it('is the text that a run gives, token by token', async () => {
      const plain = await lane.run(gpt.key, write(), { deadlineMs: 60_000 })
      const { parts, result } = await read(write())
      expect(result.json).toEqual(plain.json)
      const whole = textOf(result.json).slice(prompt.length)
      expect(
        parts
          .map(({ text }) => text)
          .join('')
          .trim(),
      ).toBe(whole.trim())
      expect(parts.filter(({ token }) => token !== undefined)).toHaveLength(24)
    })

    it('is the same again from its beginning, greedily and with a seed, and another with another seed', async () => {
      const tokens = async (options: object) =>
        (await read(write({ ...options }))).parts.map(({ token }) => token)
      const short = await tokens({ max_new_tokens: 8 })
      expect((await tokens({})).slice(0, 8)).toEqual(short.slice(0, 8))
      const sampled = await tokens({ do_sample: true, top_k: 50, seed: 7 })
      expect(await tokens({ do_sample: true, top_k: 50, seed: 7 })).toEqual(sampled)
      expect(await tokens({ do_sample: true, top_k: 50, seed: 8 })).not.toEqual(sampled)
    })

    it('waits for a reader who lags, and loses and doubles nothing', async () => {
      const streamed = stream(write(), { window: 2 })
      const parts: AnswerPart[] = []
      for await (const part of streamed) {
        parts.push(part)
        await new Promise(resolve => setImmediate(resolve))
      }
      const { parts: all } = await read(write())
      expect(written(parts)).toEqual(all)
    })

    it('ends between two tokens where its reader leaves, and the lane takes the next', async () => {
      const streamed = stream(write(endless))
      const parts: AnswerPart[] = []
      for await (const part of streamed) if (parts.push(part) === 3) break
      await expect(streamed.result).rejects.toMatchObject({ _tag: 'RequestCancelled' })
      await until(() => lane.inFlight === 0)
    })

    it('ends with its own signal and with its deadline, after the parts that came', async () => {
      const controller = new AbortController()
      const cancelled = (async () => {
        for await (const _ of stream(write(endless), { signal: controller.signal })) controller.abort()
      })()
      await expect(cancelled).rejects.toMatchObject({ _tag: 'RequestCancelled' })
      const late = stream(write(endless), { deadlineMs: 150, window: 1 })
      const slow = (async () => {
        for await (const _ of late) await late.result.catch(() => {})
      })()
      await expect(slow).rejects.toMatchObject({
        _tag: expect.stringMatching(/^(DeadlineExceeded|RemoteFailed)$/),
      })
      await until(() => lane.inFlight === 0)
    })

    it('is cancelled softly without parts too', async () => {
      const controller = new AbortController()
      const plain = lane.run(gpt.key, write(endless), { deadlineMs: 60_000, signal: controller.signal })
      const next = lane.run(gpt.key, write({ max_new_tokens: 1 }), { deadlineMs: 60_000 })
      controller.abort()
      await expect(plain).rejects.toMatchObject({ _tag: 'RequestCancelled' })
      expect(textOf((await next).json)).toMatch(/^the quick/)
    })

    it('refuses to stream several texts at once', async () => {
      const several = stream(write({}, [prompt, 'A fish'])).result
      await expect(several).rejects.toMatchObject({
        code: 'WrongInput',
        message: expect.stringMatching(/one text/),
      })
    })

    it('comes without parts where the answer does not grow', async () => {
      const { task } = await files.add({ architecture: 'bertEncoder' })
      await lane.load(task)
      const streamed = lane.stream(
        task.key,
        { input: { kind: 'task', text: prompt }, tensors: [] },
        { deadlineMs: 60_000 },
      )
      for await (const _ of streamed) expect.unreachable()
      expect((await streamed.result).outputs).toHaveLength(1)
      await lane.unload(task.key)
    })

    it('comes in parts from sound too', async () => {
      const { task } = await files.add({ architecture: 'whisper' })
      await lane.load(task)
      const data = Float32Array.from({ length: 16_000 }, (_, i) => Math.sin(i / 20) / 2)
      const request: RunRequest = {
        input: { kind: 'task', audio: { samplingRate: 16_000 }, options: { max_new_tokens: 8 } },
        tensors: [{ name: 'audio', dtype: 'float32', dims: [data.length], data }],
      }
      const streamed = lane.stream(task.key, request, { deadlineMs: 60_000 })
      const parts: AnswerPart[] = []
      for await (const part of streamed) parts.push(part)
      const { text } = (await streamed.result).json as { text: string }
      expect(
        written(parts)
          .map(part => part.text)
          .join('')
          .trim(),
      ).toBe(text.trim())
      await lane.unload(task.key)
    })
  })

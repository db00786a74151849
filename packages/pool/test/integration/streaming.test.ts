// An answer that grows, over the death of the browser that makes it.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SeededModel, writeSeededModel } from '@shoal/onnx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AnswerStream, type Model, ResourcePool } from '../../src/index.ts'
import { until } from './requests.ts'

let folder: string
let gpt: SeededModel
let pool: ResourcePool
let model: Model

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-streaming-'))
  gpt = await writeSeededModel({ architecture: 'gptDecoder', cacheDir: folder })
  pool = await ResourcePool.start({ minConnections: 2, maxConnections: 2, hub: false })
  model = await pool.getModel({ name: gpt.dir, task: 'text-generation' })
})

afterAll(async () => {
  await pool?.close()
  await rm(folder, { recursive: true, force: true })
})

const prompt = 'the quick brown fox'
const options = { max_new_tokens: 48, min_new_tokens: 48 }
/** More than can be on its way to a reader: 64 words wait for it in the pool, and as many in the lane's window. */
const long = { max_new_tokens: 200, min_new_tokens: 200 }
const sampled = { ...long, do_sample: true, top_k: 50 }

async function wordsOf(stream: AnswerStream, onWord?: (count: number) => unknown): Promise<string> {
  let text = ''
  let count = 0
  for await (const { json } of stream) {
    if (typeof json === 'object' && json !== null && 'text' in json) text += json.text
    await onWord?.(++count)
  }
  return text
}

const textOf = (json: unknown): string =>
  (json as readonly { generated_text: string }[])[0]?.generated_text ?? ''

/**
 * SIGKILL of the browser that is at work, once. The reader goes on when the pool knows of it: until then the lane cannot
 * write all that is left.
 */
function killer(after: number): (count: number) => Promise<void> {
  return async count => {
    if (count !== after) return
    const victim = pool.browsers().find(({ running }) => running > 0)
    if (victim?.pid === undefined) throw new Error('no browser is at work')
    process.kill(victim.pid, 'SIGKILL')
    await until(() => pool.browsers().find(({ id }) => id === victim.id)?.pid !== victim.pid)
  }
}

describe('a streamed answer', () => {
  it('comes word by word, and is whole in the end', async () => {
    const stream = model.stream(prompt, { options })
    const words = await wordsOf(stream)
    const { json, timing } = await stream.result
    expect(prompt + words).toBe(textOf(json))
    expect(timing.attempts).toBe(1)
  })

  it.each([
    ['greedily', long],
    ['by chance', sampled],
  ])('written %s goes on where it was when its browser is killed, and repeats nothing', async (_how, own) => {
    const stream = model.stream(prompt, { options: own })
    const words = await wordsOf(stream, killer(5))
    const { json, timing } = await stream.result
    expect(timing.attempts).toBe(2)
    expect(prompt + words).toBe(textOf(json))
  })

  it('ends where its reader leaves, and its place is free again', async () => {
    const stream = model.stream(prompt, { options: { max_new_tokens: 400, min_new_tokens: 400 } })
    for await (const _ of stream) break
    await expect(stream.result).rejects.toMatchObject({ _tag: 'RequestAborted' })
    expect(textOf((await model.run(prompt, { options: { max_new_tokens: 1 } })).json)).toContain(prompt)
  })

  it('rejects wrong input out of the loop and out of its result', async () => {
    const stream = model.stream({ tensors: {} })
    await expect(wordsOf(stream)).rejects.toMatchObject({ _tag: 'InvalidInput' })
    await expect(stream.result).rejects.toMatchObject({ _tag: 'InvalidInput' })
  })
})

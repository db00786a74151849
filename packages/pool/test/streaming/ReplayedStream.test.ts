import type { AnswerPart } from '@shoal/browser-bridge'
import { tensorOf } from '@shoal/tensor'
import { describe, expect, it } from 'vitest'
import { ReplayedStream } from '../../src/streaming/ReplayedStream.ts'

const word = (text: string): AnswerPart => ({ json: { text }, tensors: [] })

async function all(stream: ReplayedStream): Promise<unknown[]> {
  const parts: unknown[] = []
  for await (const { json } of stream.read(() => {})) parts.push(json)
  return parts
}

async function give(take: (part: AnswerPart) => Promise<void>, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await take(word(text))
}

describe('a stream that may be replayed', () => {
  it('gives its parts in order, each once, over attempts that agree', async () => {
    const stream = new ReplayedStream('gpt')
    await give(stream.attempt(), 'a', 'b')
    await give(stream.attempt(), 'a', 'b', 'c')
    stream.end({ _tag: 'whole' })
    expect(await all(stream)).toEqual([{ text: 'a' }, { text: 'b' }, { text: 'c' }])
  })

  it('lets an attempt that ended early go on where the one before had come further', async () => {
    const stream = new ReplayedStream('gpt')
    await give(stream.attempt(), 'a', 'b', 'c')
    await give(stream.attempt(), 'a')
    await give(stream.attempt(), 'a', 'b', 'c', 'd')
    stream.end({ _tag: 'whole' })
    expect(await all(stream)).toHaveLength(4)
  })

  it('ends with how many parts were delivered where the attempts disagree', async () => {
    const stream = new ReplayedStream('gpt')
    await give(stream.attempt(), 'a', 'b')
    await expect(give(stream.attempt(), 'a', 'x')).rejects.toMatchObject({
      _tag: 'InterruptedAfter',
      delivered: 2,
    })
  })

  it('compares tensors by their bytes', async () => {
    const stream = new ReplayedStream('gpt')
    const logits = (value: number): AnswerPart => ({
      tensors: [{ name: 'logits', ...tensorOf('float32', [1], [value]) }],
    })
    await stream.attempt()(logits(1))
    await stream.attempt()(logits(1))
    await expect(stream.attempt()(logits(1.5))).rejects.toMatchObject({ _tag: 'InterruptedAfter' })
  })

  it('makes the lane wait while its reader has sixty-four parts before it', async () => {
    const stream = new ReplayedStream('gpt')
    const take = stream.attempt()
    for (let part = 0; part < 63; part++) await take(word(String(part)))
    let taken = false
    const last = take(word('63')).then(() => {
      taken = true
    })
    await new Promise(resolve => setImmediate(resolve))
    expect(taken).toBe(false)
    const reader = stream.read(() => {})
    await reader.next()
    await last
    expect(taken).toBe(true)
  })

  it('gives what came before it broke, then why', async () => {
    const stream = new ReplayedStream('gpt')
    await give(stream.attempt(), 'a')
    stream.end({ _tag: 'broken', error: new Error('gone') })
    const reader = stream.read(() => {})
    expect(await reader.next()).toMatchObject({ value: word('a') })
    await expect(reader.next()).rejects.toThrow('gone')
  })

  it('tells when its reader leaves before the end, and only then', async () => {
    const left: string[] = []
    const early = new ReplayedStream('gpt')
    await give(early.attempt(), 'a', 'b')
    for await (const _ of early.read(() => left.push('early'))) break
    const whole = new ReplayedStream('gpt')
    whole.end({ _tag: 'whole' })
    for await (const _ of whole.read(() => left.push('whole'))) break
    expect(left).toEqual(['early'])
  })
})

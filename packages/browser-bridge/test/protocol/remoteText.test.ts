// What a page says for people stands on terminals and in logs: through the codec, as the host gets it.
import { joinChunks } from '@shoal/tensor'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePageFrame, encodeFrame } from '../../src/protocol/codec.ts'
import type { Capabilities, PageMessage } from '../../src/protocol/messages.ts'
import { hello } from '../rig/FakePage.ts'

const crossed = <M extends PageMessage>(message: M): M =>
  decodePageFrame(joinChunks(encodeFrame(message))) as M

/** Clears the screen, sets the window's title, returns the cursor, turns the line round. */
const hostile = 'a\u001b[2J\u001b]0;root#\u0007b\rc\u009bK\u202ed'
const freed = 'a\ufffd[2J\ufffd]0;root#\ufffdb\ufffdc\ufffdK\ufffdd'

describe('What a page says for people', () => {
  it('keeps nothing that a terminal would obey: not in a failure, its stack or its causes', () => {
    const error = {
      code: 'EngineFailed',
      message: hostile,
      stack: `${hostile}\n\tat ${hostile}`,
      causes: [{ name: hostile, message: hostile, stack: hostile }],
    } as const
    const plain = {
      code: 'EngineFailed',
      message: freed,
      stack: `${freed}\n\tat ${freed}`,
      causes: [{ name: freed, message: freed, stack: freed }],
    }
    expect(crossed({ t: 'failed', id: 1, retryable: true, error }).error).toEqual(plain)
    expect(crossed({ t: 'laneFailed', lane: 1, error }).error).toEqual(plain)
  })

  it('nor in why a back-end does not work, a file that comes, or why files are not kept', () => {
    const greeting = hello('token', 'build')
    const capabilities = { ...greeting.capabilities, reasons: { webgpu: hostile } }
    expect(crossed({ ...greeting, capabilities }).capabilities.reasons).toEqual({ webgpu: freed })
    expect(crossed({ t: 'progress', id: 1, file: hostile, loaded: 1, total: 2 }).file).toBe(freed)
    const files = { downloadedBytes: 1, keptBytes: 0, note: hostile }
    const timing = { queueMs: 0, fetchMs: 0, createMs: 0 }
    expect(crossed({ t: 'loaded', id: 1, timing, inputs: [], outputs: [], files }).files?.note).toBe(freed)
  })

  it('nor in any name: of a value, a symbol in its shape, a tensor, a worker, a feature or a limit', () => {
    const value = { name: hostile, dtype: 'float32', dims: [1, hostile] } as const
    const timing = { queueMs: 0, fetchMs: 0, createMs: 0 }
    const loaded = crossed({ t: 'loaded', id: 1, timing, inputs: [value], outputs: [value] })
    const plain = { name: freed, dtype: 'float32', dims: [1, freed] }
    expect([loaded.inputs, loaded.outputs]).toEqual([[plain], [plain]])

    const tensor = { name: hostile, dtype: 'uint8', dims: [1], data: Uint8Array.of(1) } as const
    const made = { worker: hostile, number: 1 }
    const run = { queueMs: 0, preprocessMs: 0, computeMs: 0, postprocessMs: 0 }
    const result = crossed({ t: 'result', id: 1, made, timing: run, inputs: 0, tensors: [tensor] })
    expect([result.tensors, result.made]).toEqual([[{ ...tensor, name: freed }], { ...made, worker: freed }])
    expect(crossed({ t: 'part', id: 1, seq: 0, tensors: [tensor] }).tensors).toEqual([
      { ...tensor, name: freed },
    ])

    const greeting = hello('token', 'build')
    const adapter = { vendor: '', architecture: '', description: '', software: false }
    const webgpu = { adapter, features: [hostile], limits: { [hostile]: 1 } }
    const reasons = { [hostile]: 'x' } as Capabilities['reasons']
    const capabilities = { ...greeting.capabilities, webgpu, reasons }
    expect(crossed({ ...greeting, capabilities }).capabilities).toEqual({
      ...greeting.capabilities,
      webgpu: { adapter, features: [freed], limits: { [freed]: 1 } },
      reasons: { [freed]: 'x' },
    })
  })

  it('keeps its lines, and every character that is none for control', () => {
    const text = fc.string({ unit: 'grapheme' }).filter(text => !/[\p{Cc}\p{Cf}]/u.test(text))
    fc.assert(
      fc.property(fc.array(text), lines => {
        const message = lines.join('\n')
        const failed = {
          t: 'failed',
          id: 1,
          retryable: false,
          error: { code: 'WrongInput', message },
        } as const
        expect(crossed(failed)).toEqual(failed)
      }),
    )
    expect(
      crossed({ t: 'failed', id: 1, retryable: false, error: { code: 'WrongInput', message: 'a\r\nb' } })
        .error.message,
    ).toBe('a\nb')
  })
})

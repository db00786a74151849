// What a page says for people stands on terminals and in logs: through the codec, as the host gets it.
import { joinChunks } from '@shoal/tensor'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePageFrame, encodeFrame } from '../../src/protocol/codec.ts'
import type { PageMessage } from '../../src/protocol/messages.ts'
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

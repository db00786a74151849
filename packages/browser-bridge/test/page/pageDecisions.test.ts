// The page's small pure decisions: who the browser is, when to come back, which adapter is software, which files hold
// weights, what the status says.

import { describe, expect, it } from 'vitest'
import { browserIdentity } from '../../src/page/browserIdentity.ts'
import { externalFiles } from '../../src/page/engines/externalData.ts'
import { Lock } from '../../src/page/Lock.ts'
import { describeAdapter } from '../../src/page/probes/adapter.ts'
import { afterRefusal, backOffMs } from '../../src/page/reconnect.ts'
import { adapterLabel, backendRows, laneLine } from '../../src/page/status/statusText.ts'
import type { Capabilities } from '../../src/protocol/messages.ts'

describe('a browser is named by its user agent and brands', () => {
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'
  it.each([
    ['chrome', chrome, ['Google Chrome', 'Chromium']],
    ['chromium', chrome, ['Chromium', 'Not?A_Brand']],
    ['chrome', chrome, []],
    ['chromium', chrome.replace('Chrome/', 'HeadlessChrome/'), ['HeadlessChrome', 'Chromium']],
    ['edge', `${chrome} Edg/156.0.1.2`, ['Microsoft Edge', 'Chromium']],
    ['firefox', 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', []],
    [
      'safari',
      'Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
      [],
    ],
    ['unknown', 'curl/8', []],
  ])('%s', (name, userAgent, brands) => {
    expect(browserIdentity(userAgent, brands).name).toBe(name)
  })
  it('with its version', () => {
    expect(browserIdentity(`${chrome} Edg/156.0.1.2`).version).toBe('156.0.1.2')
  })
})

describe('a page whose socket dropped', () => {
  it('comes back after 250 ms at first, doubling to 10 s, up to half of it earlier', () => {
    expect([0, 1, 2, 3, 10, 100].map(attempt => backOffMs(attempt, 0))).toEqual([
      250, 500, 1000, 2000, 10_000, 10_000,
    ])
    expect(backOffMs(0, 1)).toBe(125)
  })
  it('that was refused reloads for another build, waits for room, comes back as somebody new, or gives up', () => {
    expect(afterRefusal('BuildMismatch')).toBe('reload')
    expect(afterRefusal('TooManyConnections')).toBe('retrySlowly')
    expect(afterRefusal('FrameRefused')).toBe('startAfresh')
    expect(afterRefusal('TokenInvalid')).toBe('stop')
  })
})

describe('an adapter is software', () => {
  const none = { vendor: '', architecture: '', device: '', description: '' }
  it.each([
    ['SwiftShader', { ...none, vendor: 'google', architecture: 'swiftshader' }, true],
    ['llvmpipe', { ...none, description: 'llvmpipe (LLVM 15.0.6, 256 bits)' }, true],
    ['Firefox’s fallback adapter', { ...none, isFallbackAdapter: true }, true],
    ['Windows’ WARP', { ...none, description: 'Microsoft Basic Render Driver' }, true],
    ['a real one', { ...none, vendor: 'nvidia', architecture: 'ampere', isFallbackAdapter: false }, false],
    ['an adapter that says nothing', none, false],
  ])('%s: %o → %s', (_, info, software) => {
    expect(describeAdapter(info).software).toBe(software)
  })
})

it('weights outside a graph are the files beside it that carry its name and more', () => {
  const files = [
    'config.json',
    'onnx/model.onnx',
    'onnx/model.onnx_data',
    'onnx/model.onnx_data_1',
    'onnx/model_fp16.onnx',
  ]
  const manifest = {
    graphFile: 'onnx/model.onnx',
    files: files.map(path => ({ path, bytes: 1, sha256: '' })),
  }
  expect(externalFiles(manifest)).toEqual([
    { file: 'onnx/model.onnx_data', path: 'model.onnx_data' },
    { file: 'onnx/model.onnx_data_1', path: 'model.onnx_data_1' },
  ])
})

it('a lock has one holder at a time, in order, and outlives a holder that fails', async () => {
  const lock = new Lock()
  const seen: string[] = []
  const hold = (name: string, fails: boolean) =>
    lock.run(async () => {
      seen.push(`${name} in`)
      await Promise.resolve()
      seen.push(`${name} out`)
      if (fails) throw new Error(name)
      return name
    })
  const settled = await Promise.allSettled([hold('a', false), hold('b', true), hold('c', false)])
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(seen).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
})

describe('the status page', () => {
  const capabilities: Capabilities = {
    isolated: true,
    cores: 2,
    threads: 2,
    wasm: { simd: true, threads: true },
    webgpu: {
      adapter: { vendor: 'google', architecture: 'swiftshader', description: '', software: true },
      features: [],
      limits: {},
    },
    webnn: { cpu: false, gpu: false, npu: false },
    reasons: { 'webnn-cpu': 'not on this platform' },
  }
  it('says of each back-end what works, and why not', () => {
    expect(
      backendRows(capabilities).map(({ backend, works, note }) => `${backend} ${works} ${note}`),
    ).toEqual([
      'wasm true SIMD, up to 2 threads',
      'webgpu true google swiftshader, software: right, never fast',
      'webnn-cpu false not on this platform',
      'webnn-gpu false does not work here',
      'webnn-npu false does not work here',
    ])
  })
  it('says of each lane what runs and what was done', () => {
    const lane = {
      lane: 1,
      backend: 'wasm',
      state: 'running',
      running: 'bert',
      threads: 2,
      jobsDone: 1,
    } as const
    expect(laneLine(lane, adapterLabel(undefined))).toBe('running bert · 1 job done · 2 threads')
  })
})

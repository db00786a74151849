import { type Backend, tasks } from '@shoal/browser-bridge'
import type { ModelSignature } from '@shoal/onnx'
import { describe, expect, it } from 'vitest'
import { batchingOf } from '../../src/batching/batchingOf.ts'
import { type ModelSpec, resolveSpec } from '../../src/ModelSpec.ts'
import { warmUpNeed, warmUpRequests } from '../../src/model/warmUp.ts'

const specFor = (task?: string) => {
  const spec = resolveSpec(task === undefined ? { name: 'm', type: 'graph' } : { name: 'm', task })
  if (spec instanceof Error) throw spec
  return spec
}

describe('a first sample', () => {
  const cases: readonly [string, Omit<ModelSpec, 'name'>, Backend, boolean, ReturnType<typeof warmUpNeed>][] =
    [
      ['of a vision model on WebGPU, though nobody asked', { type: 'vision' }, 'webgpu', false, 'may fail'],
      ['of no vision model where there are no shaders', { type: 'vision' }, 'wasm', false, 'none'],
      [
        'of no vision model that does not want it',
        { type: 'vision', optimizations: { precompileShaders: false } },
        'webgpu',
        false,
        'none',
      ],
      ['of no other model on WebGPU', { type: 'text_embedding' }, 'webgpu', false, 'none'],
      [
        'of whoever asks, on any back-end',
        { type: 'audio', optimizations: { precompileShaders: true } },
        'wasm',
        false,
        'must succeed',
      ],
      ['of each copy beside a spare', { type: 'text_embedding' }, 'wasm', true, 'must succeed'],
    ]
  it.each(cases)('is run %s', (_, spec, backend, always, need) => {
    const resolved = resolveSpec({ name: 'm', ...spec })
    if (resolved instanceof Error) throw resolved
    expect(warmUpNeed(resolved, backend, always)).toBe(need)
  })

  it('is run as the pool’s own preferences say', () => {
    const preferences = { vision: { precompileShaders: false }, audio: { precompileShaders: true } }
    const needOf = (type: 'vision' | 'audio') => {
      const resolved = resolveSpec({ name: 'm', type }, preferences)
      if (resolved instanceof Error) throw resolved
      return warmUpNeed(resolved, 'webgpu', false)
    }
    expect([needOf('vision'), needOf('audio')]).toEqual(['none', 'may fail'])
  })
})

describe('the sample that warms a model up', () => {
  it.each(tasks)('is one that %s takes', task => {
    expect(warmUpRequests(specFor(task), [], undefined)[0].input.kind).toBe('task')
  })

  it('is zeros of the graph’s own dtypes, with 1 for each open dim', () => {
    const [{ tensors }] = warmUpRequests(
      specFor(),
      [
        { name: 'ids', dtype: 'int64', dims: ['batch', 4] },
        { name: 'half', dtype: 'float16', dims: [2] },
        { name: 'words', dtype: 'string', dims: [1] },
      ],
      undefined,
    )
    expect(tensors).toEqual([
      { name: 'ids', dtype: 'int64', dims: [1, 4], data: new BigInt64Array(4) },
      { name: 'half', dtype: 'float16', dims: [2], data: new Uint16Array(2) },
      { name: 'words', dtype: 'string', dims: [1], data: [''] },
    ])
  })

  it('has the shapes that batching makes: each of the first buckets, alone and as many rows as fit', () => {
    const names = ['input_ids', 'attention_mask']
    const inputs = names.map(name => ({ name, dtype: 'int64' as const, dims: ['batch', 'sequence'] }))
    const signature: ModelSignature = {
      inputs,
      outputs: [{ name: 'y', dtype: 'float32', dims: ['batch', 'sequence', 4] }],
    } as never
    const spec = resolveSpec({ name: 'm', type: 'graph', batching: { maxSize: 4, maxTokens: 64 } })
    if (spec instanceof Error) throw spec
    const batching = batchingOf(spec, signature)
    if (batching instanceof Error) throw batching
    const shapes = warmUpRequests(spec, inputs, batching).map(({ tensors }) =>
      tensors.map(({ dims }) => dims),
    )
    expect(shapes.map(([ids]) => ids)).toEqual([
      [1, 1],
      [1, 8],
      [4, 8],
      [1, 16],
      [4, 16],
      [1, 32],
      [2, 32],
      [1, 64],
    ])
    for (const [ids, mask] of shapes) expect(mask).toEqual(ids)
  })

  it('has lists of texts where a task’s requests go together', () => {
    const signature = {
      inputs: [{ name: 'input_ids', dims: ['b', 's'] }, { name: 'attention_mask' }],
      outputs: [],
    }
    const spec = resolveSpec({ name: 'm', type: 'text_embedding', batching: { maxSize: 2 } })
    if (spec instanceof Error) throw spec
    const batching = batchingOf(spec, signature as never)
    if (batching instanceof Error) throw batching
    const words = warmUpRequests(spec, [], batching).map(({ input }) =>
      [input.kind === 'task' ? (input.text ?? []) : []].flat().map(text => text.split(' ').length),
    )
    expect(words).toEqual([[1], [6], [6, 6], [14], [14, 14], [30], [30, 30], [62], [62, 62]])
  })
})

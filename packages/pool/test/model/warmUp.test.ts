import { tasks } from '@shoal/browser-bridge'
import { describe, expect, it } from 'vitest'
import { resolveSpec } from '../../src/ModelSpec.ts'
import { warmUpRequest } from '../../src/model/warmUp.ts'

const specFor = (task?: string) => {
  const spec = resolveSpec(task === undefined ? { name: 'm', type: 'graph' } : { name: 'm', task })
  if (spec instanceof Error) throw spec
  return spec
}

describe('the sample that warms a model up', () => {
  it.each(tasks)('is one that %s takes', task => {
    expect(warmUpRequest(specFor(task), []).input.kind).toBe('task')
  })

  it('is zeros of the graph’s own dtypes, with 1 for each open dim', () => {
    const { tensors } = warmUpRequest(specFor(), [
      { name: 'ids', dtype: 'int64', dims: ['batch', 4] },
      { name: 'half', dtype: 'float16', dims: [2] },
      { name: 'words', dtype: 'string', dims: [1] },
    ])
    expect(tensors).toEqual([
      { name: 'ids', dtype: 'int64', dims: [1, 4], data: new BigInt64Array(4) },
      { name: 'half', dtype: 'float16', dims: [2], data: new Uint16Array(2) },
      { name: 'words', dtype: 'string', dims: [1], data: [''] },
    ])
  })
})

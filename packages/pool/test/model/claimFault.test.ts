// What a device may say that a model answers.
import type { ValueMetadata } from '@shoal/browser-bridge'
import type { ModelSignature } from '@shoal/onnx'
import { expect, it } from 'vitest'
import { claimFault } from '../../src/model/claimFault.ts'

const outputs: ModelSignature['outputs'] = [
  { name: 'y', dtype: 'float32', dims: ['batch', 10] },
  { name: 'free', dtype: 'int64', dims: undefined },
  { name: 'a\u0007b', dtype: 'float32', dims: ['n\u202e'] },
]
const y: ValueMetadata = { name: 'y', dtype: 'float32', dims: ['batch', 10] }

it.each<[string, ValueMetadata[], string | undefined]>([
  [
    'a name with control characters as the host shows it, which is how it comes from a device',
    [{ name: 'a\ufffdb', dtype: 'float32', dims: ['n\ufffd'] }],
    undefined,
  ],
  ['what the file says', [y, { name: 'free', dtype: 'int64', dims: [1, 2, 3] }], undefined],
  ['less than the file says', [y], undefined],
  ['a size where the file leaves it free', [{ ...y, dims: [4, 10] }], undefined],
  ['an output that the model lacks', [{ ...y, name: 'more' }], "output 'more', which it has not"],
  ['another type', [{ ...y, dtype: 'string' }], 'is string, and it is float32'],
  ['no type', [{ ...y, dtype: 'unknown' }], 'is unknown'],
  [
    'a free size where the file fixes it',
    [{ ...y, dims: ['batch', 'n'] }],
    '[batch, n], and it is [batch, 10]',
  ],
  ['another rank', [{ ...y, dims: [10] }], 'and it is [batch, 10]'],
])('%s', (_what, claimed, fault) => {
  const found = claimFault(claimed, { outputs })
  if (fault === undefined) expect(found).toBeUndefined()
  else expect(found).toContain(fault)
})

// One short text for the contents of some tensors, so that equal ones can be told by it.

import { createHash } from 'node:crypto'
import type { Tensor } from '@shoal/pool'

export function digest(tensors: Readonly<Record<string, Tensor>>): string {
  const hash = createHash('sha256')
  for (const [name, { dims, data }] of Object.entries(tensors)) {
    hash.update(`${name} ${dims.join(',')} `)
    if (ArrayBuffer.isView(data)) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    else hash.update(JSON.stringify(data))
  }
  return hash.digest('base64')
}

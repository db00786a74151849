// What this process holds of its own once its garbage is gone: objects, and outside of their heap what tensors and
// frames hold. Not its resident memory, which a collection that comes late, or another test of the worker, moves.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

export function heldBytes(): number {
  collect()
  // `external` holds the array buffers too.
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

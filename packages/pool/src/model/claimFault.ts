// Whether what a device says of a model that it has loaded is what the model's own file says. Its answers are held to
// what it said then, so that must not be its own invention. Pure; not for our own pages, which run our own code.

import { printable, type ValueMetadata } from '@shoal/browser-bridge'
import type { ModelSignature } from '@shoal/onnx'

/** What is wrong with the outputs that it claims, or undefined. */
export function claimFault(
  claimed: readonly ValueMetadata[],
  { outputs }: Pick<ModelSignature, 'outputs'>,
): string | undefined {
  for (const { name, dtype, dims } of claimed) {
    // What a device claims came through the door, where names are made printable: the file's are held against it as that.
    const own = outputs.find(output => printable(output.name) === name)
    if (own === undefined) return `it says that the model has an output '${name}', which it has not`
    if (own.dtype !== undefined && dtype !== own.dtype)
      return `it says that output '${name}' is ${dtype}, and it is ${own.dtype}`
    const { dims: ownDims } = own
    if (ownDims === undefined) continue
    const fits =
      dims.length === ownDims.length &&
      ownDims.every((dim, at) => typeof dim !== 'number' || dim < 0 || dim === dims[at])
    if (!fits)
      return `it says that output '${name}' is [${dims.join(', ')}], and it is [${ownDims.join(', ')}]`
  }
  return undefined
}

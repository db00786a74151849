// An option that was asked for and changes nothing for this model as it is here: said to who asked, never silent. What is
// wrong for any model is refused at the door instead.

import type { StoredModel } from '@shoal/model-store'
import { precisionsOf, type ResolvedSpec } from '../ModelSpec.ts'

export interface IgnoredOption {
  readonly option: string
  readonly reason: string
}

/** Graphs and their external data: what takes time to load. What else there is, is small. */
const weights = /\.(onnx|data)$|\.onnx_data(_\d+)?$/

/**
 * @param files paths of the model's files
 * @param fetched those that came from a hub just now; the others were on this disk
 */
export function ignoredOptions(
  { optimizations, trust }: Pick<ResolvedSpec, 'optimizations' | 'trust'>,
  files: readonly string[],
  fetched: ReadonlySet<string>,
): readonly IgnoredOption[] {
  const large = files.filter(path => weights.test(path))
  const came = large.filter(path => fetched.has(path)).length
  // A device that joined fetches its files over a network of its own, whenever it comes.
  if (!optimizations.parallelLoading || came > 1 || trust === 'any') return []
  const here =
    came === 0
      ? 'its files are on this disk, from where nothing is gained by fetching them side by side'
      : large.length === 1
        ? 'it is one file, with none to fetch beside it'
        : `one of its ${large.length} files was fetched, and the others are on this disk, from where nothing is gained by fetching them side by side`
  return [{ option: 'optimizations.parallelLoading', reason: `${here}; leave it out` }]
}

/** Where a graph's file is named, no other is chosen: it has the precision that it has. A folder that lacks one is refused. */
export function ignoredPrecision(
  { dtype }: Pick<ResolvedSpec, 'dtype'>,
  { dtype: own, partDtypes = {}, graphFile }: Pick<StoredModel, 'dtype' | 'partDtypes' | 'graphFile'>,
): readonly IgnoredOption[] {
  // What nobody asked for is fp32, too.
  const asked = precisionsOf(dtype).filter(one => one !== 'fp32')
  const has = [own, ...Object.values(partDtypes)]
  if (asked.length === 0 || asked.some(one => has.includes(one))) return []
  const reason = `${graphFile} is named and runs in the precision that it has; name its file in ${asked.join(' or ')}, or the model's folder`
  return [{ option: 'dtype', reason }]
}

// An option that was asked for and changes nothing for this model as it is here: said to who asked, never silent. What is
// wrong for any model is refused at the door instead.

import type { ResolvedSpec } from '../ModelSpec.ts'

export interface IgnoredOption {
  readonly option: string
  readonly reason: string
}

/** @param fetched files that came from a hub just now; the others were on this disk */
export function ignoredOptions(
  { optimizations, trust }: Pick<ResolvedSpec, 'optimizations' | 'trust'>,
  fetched: number,
): readonly IgnoredOption[] {
  // A device that joined fetches its files over a network of its own, whenever it comes.
  if (!optimizations.parallelLoading || fetched > 1 || trust === 'any') return []
  const here =
    fetched === 0 ? 'its files are on this disk' : 'one file was fetched, and the others are on this disk'
  return [
    {
      option: 'optimizations.parallelLoading',
      reason: `${here}, from where nothing is gained by fetching them side by side; leave it out`,
    },
  ]
}

// Which of the executables found is taken for a wish. Pure.
import type { Channel } from './channel.ts'
import type { BrowserKind, FoundBrowser } from './discover.ts'
import type { Machine } from './machine.ts'

export interface BrowserWish {
  readonly kind: BrowserKind
  readonly channel?: Channel
  readonly headless?: boolean
}

/**
 * The first that fits, in the order of discovery: the headless shell before the whole Chromium. Where a window is
 * wanted, or the machine shows a GPU (which the shell does not use), the whole one goes first.
 */
export const pickBrowser = (
  found: readonly FoundBrowser[],
  wish: BrowserWish,
  machine: Pick<Machine, 'gpus'>,
): FoundBrowser | undefined => {
  const fitting = found.filter(
    one => one.kind === wish.kind && (wish.channel === undefined || one.channel === wish.channel),
  )
  const wantsWhole = wish.headless === false || (machine.gpus?.length ?? 0) > 0
  return (wantsWhole ? fitting.find(one => !one.headlessShell) : undefined) ?? fitting[0]
}

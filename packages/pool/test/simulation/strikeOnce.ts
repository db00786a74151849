// One thing that goes wrong in a simulation, drawn by chance.

import type { Chance } from './Chance.ts'
import type { SimulatedBridge } from './SimulatedBridge.ts'

/** Whether there was something to strike. */
export function strikeOnce(chance: Chance, bridge: SimulatedBridge): boolean {
  const [browser, page] = [chance.of([...bridge.browsers]), chance.of([...bridge.pages])]
  switch (chance.of(['browser', 'page', 'slow', 'lane', 'ail'])) {
    case 'browser':
      browser?.end('crashed')
      return browser !== undefined
    case 'page':
      page?.die('simulated: its page crashed')
      return page !== undefined
    case 'lane':
      page?.lanes[0]?.close()
      return page !== undefined
    case 'ail': {
      const ailment = chance.of(['fails', 'slow'] as const)
      const cure = chance.of(['reload', 'browser', 'replacement'] as const)
      if (page === undefined || ailment === undefined || cure === undefined) return false
      bridge.ail(page, ailment, cure)
      return true
    }
    default:
      if (page === undefined) return false
      page.slowness = 10
      setTimeout(
        () => {
          page.slowness = 1
        },
        chance.between(1000, 8000),
      )
      return true
  }
}

// Pure: what the death of a child means for it and for its siblings. Semantics are Erlang/OTP's.

import { type ExitReason, isAbnormal } from './ExitReason.ts'

/** When an ended child is started again: always; only after a failure or a kill; never. */
export type RestartType = 'permanent' | 'transient' | 'temporary'

/** When a supervisor ends because significant children of it have ended by themselves. */
export type AutoShutdown = 'never' | 'any_significant' | 'all_significant'

/** Which children are restarted with one that died: it alone; all; it and those that were started after it. */
export type StrategyName = 'one_for_one' | 'one_for_all' | 'rest_for_one'

/** Whether a child that ended for this reason is started again. */
export function shouldRestart(restart: RestartType, reason: ExitReason): boolean {
  switch (restart) {
    case 'permanent':
      return true
    case 'transient':
      return isAbnormal(reason)
    case 'temporary':
      return false
  }
}

/** The children to stop (in reverse) and start again (in this order) because `dead` died. `ids` gives the start order. */
export function restartGroup(
  strategy: StrategyName,
  ids: () => readonly string[],
  dead: string,
): readonly string[] {
  switch (strategy) {
    case 'one_for_one':
      return [dead]
    case 'one_for_all':
      return ids()
    case 'rest_for_one': {
      const all = ids()
      return all.slice(all.indexOf(dead))
    }
  }
}

/** Whether a supervisor ends because a significant child ended by itself; `left`: whether another one remains. */
export const endsSupervisor = (autoShutdown: AutoShutdown, left: boolean): boolean =>
  autoShutdown === 'any_significant' || (autoShutdown === 'all_significant' && !left)

// What told of a death, read from the typed words that the host has for it: no clock is asked. Pure.
import type { LaneHung, LaneLost, Recovery } from '../../../src/index.ts'
import { dialledAgain, fellSilent } from '../../../src/machines/ladder.ts'
import type { Notice } from './Death.ts'

export interface Evidence {
  /** Of the page's connection, where that fell. */
  readonly recovery: Recovery | undefined
  /** What was said of it when its socket was given up. */
  readonly downReason: string | undefined
  /** How its lane ended, where it did. */
  readonly lane: LaneLost | LaneHung | undefined
  /** Whether the lane had work when it happened. */
  readonly atWork: boolean
}

export function noticeOf({ recovery, downReason = '', lane, atWork }: Evidence): Notice | undefined {
  if (recovery !== undefined) return ofConnection(recovery, downReason)
  if (lane === undefined) return undefined
  if (lane._tag === 'LaneHung')
    return { sign: atWork ? 'work' : 'silence', forMs: lane.afterMs, detail: lane.message }
  return { sign: lane.code === undefined ? 'close' : 'said', forMs: undefined, detail: lane.reason }
}

function ofConnection({ why, detail, noticedMs }: Recovery, downReason: string): Notice {
  if (why === 'mainHung') return { sign: 'main', forMs: noticedMs, detail }
  if (why === 'linkSilent') {
    if (downReason === dialledAgain) return { sign: 'dialled', forMs: noticedMs, detail }
    const isUnanswered = downReason === fellSilent
    return { sign: isUnanswered ? 'unanswered' : 'silence', forMs: noticedMs, detail }
  }
  return { sign: detail === dialledAgain ? 'dialled' : 'close', forMs: undefined, detail }
}

// What the page does when its socket is gone or it was refused: pure decisions.

import type { RefusalCode } from '../protocol/messages.ts'

/** Doubles from 250 ms to 10 s; `spread` (0 … 1) takes up to half off, so that pages do not come back in step. */
export const backOffMs = (attempt: number, spread: number): number =>
  Math.min(10_000, 250 * 2 ** Math.min(attempt, 10)) * (1 - spread / 2)

export type AfterRefusal = 'reload' | 'retrySlowly' | 'startAfresh' | 'stop'

/** Reload for another build, wait for room, come back as somebody new, or give up: only a person can mend the rest. */
export function afterRefusal(code: RefusalCode): AfterRefusal {
  switch (code) {
    case 'BuildMismatch':
      return 'reload'
    case 'TooManyConnections':
    case 'TooManyAttempts':
      return 'retrySlowly'
    case 'FrameRefused':
      return 'startAfresh'
    case 'ProtocolMismatch':
    case 'TokenInvalid':
    case 'TokenUsed':
    case 'TokenExpired':
      return 'stop'
  }
}

export const slowRetryMs = 15_000

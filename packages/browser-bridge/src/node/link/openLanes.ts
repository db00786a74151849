// Opens a page's lanes: on the first of the wanted back-ends that works there, as many as suit it. What was passed over
// on the way is said, never silent. Decides nothing: lanePlan.ts does.

import { LaneOpenFailed } from '../../errors.ts'
import type { Backend } from '../../protocol/messages.ts'
import type { Lane } from './Lane.ts'
import type { LiveConnection } from './LivePage.ts'
import { type LanePlan, type LaneWish, openingOrder, type PassedOver, planLanes } from './lanePlan.ts'

export interface OpenedLanes {
  readonly backend: Backend
  readonly lanes: readonly Lane[]
  readonly plan: LanePlan
  /** Back-ends that came before and do not work there, with why. */
  readonly passedOver: readonly PassedOver[]
}

/**
 * Tries `wanted` in order. Rejects with LaneOpenFailed where none opens, with every reason, and with ConnectionLost. Of
 * several lanes all open or none stays.
 */
export async function openLanes(
  live: LiveConnection,
  wanted: readonly [Backend, ...Backend[]],
  wish: LaneWish = {},
): Promise<OpenedLanes> {
  const order = openingOrder(wanted, live.capabilities)
  const passedOver = [...order.passedOver]
  let cause: LaneOpenFailed | undefined
  for (const backend of order.tries) {
    const plan = planLanes(backend, live.capabilities, wish)
    const opened = await Promise.allSettled(
      Array.from({ length: plan.lanes }, () => live.openLane(backend, plan.threads)),
    )
    const lanes = opened.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
    const failed = opened.find(one => one.status === 'rejected')
    if (failed === undefined) return { backend, lanes, plan, passedOver }
    for (const lane of lanes) lane.close()
    if (!(failed.reason instanceof LaneOpenFailed)) throw failed.reason
    cause = failed.reason
    passedOver.push({ backend, reason: cause.reason })
  }
  const reason = passedOver.map(one => `${one.backend}: ${one.reason}`).join('; ')
  const [backend] = wanted
  throw new LaneOpenFailed({ connection: live.id, backend, code: 'BackendUnavailable', reason, cause })
}

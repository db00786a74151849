// What must hold of every run of the simulation, held against its record. What happens in a run is simulate.ts's.

import type { LedgerCounts } from '../../src/Ledger.ts'
import { isUnsteady } from './SimulatedLane.ts'

/** A request of the simulation, as its caller and the ledger's door saw it. */
export interface Asked {
  /** The number that it carries, and its answer must carry back. */
  readonly number: number
  /** The model that its handle held when it was asked. */
  readonly model: string
  /** Its handle follows an alias, and is not released while anything is asked of it. */
  readonly isFollowing: boolean
  /** Its answer was read as it grew. */
  readonly isStreamed: boolean
  /** It was refused before the ledger was asked. */
  readonly isUncounted: boolean
  /** How it ended, by name. */
  readonly ends: readonly string[]
  /** Times that the ledger settled it. */
  readonly settled: number
  readonly isAccepted: boolean
}

const typed = new Set([
  'DeadlineExceeded',
  'InterruptedAfter',
  'ModelReleased',
  'ModelTooLarge',
  'ModelUnplaceable',
  'Overloaded',
  'PoisonRequest',
  'PoolClosed',
  'RemoteFailed',
  'RequestAborted',
])

/** Ends that may come while a lane is at work on the request: what the lane then answers is heard by nobody. */
const overtaking = new Set([
  'DeadlineExceeded',
  'InterruptedAfter',
  'ModelReleased',
  'ModelTooLarge',
  'ModelUnplaceable',
  'PoolClosed',
  'RequestAborted',
])

/** Ends of requests that the ledger never saw. */
const atTheDoor = new Set(['ModelReleased', 'ModelTooLarge', 'ModelUnplaceable'])

/** What the pages gave, by the numbers that their answers carried. */
export interface Given {
  readonly answered: readonly number[]
  /** With which model, as the lanes know them: by their names' ends. */
  readonly answeredWith: ReadonlyMap<number, string>
  /** By number: how often a lane ended at work on it. */
  readonly deathsAt: ReadonlyMap<number, number>
}

/** Lanes that must have died at work on a request before it is taken for the cause. */
const poisonAfter = 2

export function rulesBroken(
  asked: readonly Asked[],
  counts: LedgerCounts,
  { answered, answeredWith, deathsAt }: Given,
  poison: number,
): string[] {
  const given = new Map<number, number>()
  for (const number of answered) given.set(number, (given.get(number) ?? 0) + 1)
  const broken = asked.flatMap(request => brokenBy(request, given.get(request.number) ?? 0, poison))
  for (const { number, model, ends } of asked) {
    const key = answeredWith.get(number)
    if (ends[0] === 'answered' && !key?.endsWith(`.${model}`))
      broken.push(`request ${number} of ${model} was answered with ${key}`)
  }
  for (const { number, isStreamed, ends } of asked) {
    const deaths = deathsAt.get(number) ?? 0
    if (ends[0] === 'PoisonRequest' && deaths < poisonAfter)
      broken.push(`request ${number} ended as PoisonRequest, and ${deaths} lanes died at work on it`)
    if (ends[0] === 'InterruptedAfter' && !(isStreamed && isUnsteady(number)))
      broken.push(`request ${number} was interrupted, though each lane answers it alike`)
  }
  const offered = asked.filter(({ isUncounted }) => !isUncounted).length
  if (offered !== counts.accepted + counts.refused)
    broken.push(`${offered} offered, ${counts.accepted} + ${counts.refused} counted`)
  if (counts.accepted !== counts.answered + counts.failed)
    broken.push(`${counts.accepted} accepted, ${counts.answered} + ${counts.failed} ended`)
  const heard = asked.filter(({ ends }) => ends[0] === 'answered').length
  if (heard !== counts.answered) broken.push(`${counts.answered} answered, ${heard} heard`)
  return broken
}

function brokenBy(
  { number, isUncounted, isFollowing, ends, settled, isAccepted }: Asked,
  given: number,
  poison: number,
): string[] {
  const broken: string[] = []
  if (ends.length !== 1) broken.push(`request ${number} ended ${ends.length} times: ${ends.join(', ')}`)
  if (settled !== (isAccepted ? 1 : 0)) broken.push(`request ${number} was settled ${settled} times`)
  const [end = 'never'] = ends
  if (end === 'wrong') broken.push(`request ${number} got another's answer`)
  if (end === 'answered' && given !== 1) broken.push(`request ${number} was answered by ${given} pages`)
  if (end !== 'answered' && end !== 'wrong' && !typed.has(end))
    broken.push(`request ${number} ended as ${end}`)
  if (end !== 'answered' && given > (overtaking.has(end) ? 1 : 0))
    broken.push(`request ${number} ended as ${end}, and was answered by ${given} pages`)
  if (isUncounted && !atTheDoor.has(end)) broken.push(`request ${number} ended at the door as ${end}`)
  if (isFollowing && end === 'ModelReleased')
    broken.push(`request ${number} was given up with a model that its alias had left`)
  if (number === poison && end === 'answered') broken.push('the poison request was answered')
  return broken
}

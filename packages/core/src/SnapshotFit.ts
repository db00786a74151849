// Whether a machine can go on with a kept snapshot. It is measured against the machine, because XState restores a state
// that the machine does not have as `value: undefined`, and one that waits for something new for ever, and says nothing.

import { Schema } from 'effect'
import {
  type AnyActorLogic,
  type AnyStateMachine,
  type Snapshot,
  StateMachine,
  type StateValue,
} from 'xstate'
import type { KeepOptions, KeptSnapshot, KeptTimer } from './KeptSnapshot.ts'
import { logicOf, type Persisted, type StateWait, waitsOf } from './StateWaits.ts'
import { messageOf, textOf } from './textOf.ts'

/** What to restore, or why not. */
export type Fit =
  | {
      readonly _tag: 'Fits'
      readonly snapshot: Snapshot<unknown>
      readonly timers: readonly KeptTimer[]
    }
  | { readonly _tag: 'Refused'; readonly problem: string }

const refused = (problem: string): Fit => ({ _tag: 'Refused', problem })

/** Whether this logic can go on with what a store gave. It may be anything: a store is somebody else's code, and a file. */
export function fitSnapshot(logic: AnyActorLogic, given: unknown, keep: KeepOptions): Fit {
  try {
    return judge(logic, given, keep)
  } catch (error) {
    return refused(`it cannot be read: ${messageOf(error)}`)
  }
}

function judge(logic: AnyActorLogic, given: unknown, keep: KeepOptions): Fit {
  if (!isKept(given)) return refused('what its store gave is no kept snapshot')
  const kept = given.version === keep.version ? given : upgraded(given, keep)
  if (typeof kept === 'string') return refused(kept)
  const snapshot = kept.snapshot as Persisted
  const problem = logic instanceof StateMachine ? misfit(logic, snapshot) : undefined
  const changed = problem ?? changeOf(waitsOf(logic, snapshot), kept)
  if (changed !== undefined) return refused(changed)
  const { timers } = kept
  if (!('context' in snapshot)) return { _tag: 'Fits', snapshot: kept.snapshot as Snapshot<unknown>, timers }
  try {
    const context = Schema.decodeUnknownSync(keep.context)(snapshot.context)
    const restored: object = { ...snapshot, context }
    return { _tag: 'Fits', snapshot: restored as Snapshot<unknown>, timers }
  } catch (error) {
    return refused(`its context does not fit the schema: ${messageOf(error)}`)
  }
}

/** The snapshot as one of this version, or why there is none. */
function upgraded(older: KeptSnapshot, keep: KeepOptions): KeptSnapshot | string {
  const versions = `it is of version ${older.version}, and the behaviour of version ${keep.version}`
  try {
    const kept = keep.upgrade?.(older)
    return isKept(kept) && kept.version === keep.version ? kept : versions
  } catch (error) {
    return `${versions}; its upgrade failed: ${textOf(error)}`
  }
}

const isKept = (given: unknown): given is KeptSnapshot =>
  typeof given === 'object' &&
  given !== null &&
  'version' in given &&
  'snapshot' in given &&
  typeof given.snapshot === 'object' &&
  given.snapshot !== null &&
  'timers' in given &&
  Array.isArray(given.timers)

/** What the active states wait for now, and did not when the snapshot was kept, or the other way round. */
function changeOf(
  now: readonly StateWait[],
  { declares, timers, snapshot }: KeptSnapshot,
): string | undefined {
  const then = new Set(declares)
  const gained = now.filter(each => !then.has(each.label) && !isThere(each, timers, snapshot as Persisted))
  const labels = new Set(now.map(({ label }) => label))
  const lost = (declares ?? []).filter(label => !labels.has(label))
  if (gained.length === 0 && lost.length === 0) return undefined
  const told = [
    ...(gained.length > 0 ? [`gained ${gained.map(({ label }) => label).join(', ')}`] : []),
    ...(lost.length > 0 ? [`lost ${lost.join(', ')}`] : []),
  ]
  return `since it was kept, what the machine waits for in its states has changed: ${told.join('; ')}`
}

/** Whether the snapshot brings along what a state waits for. */
function isThere(
  { kind, id, source }: StateWait,
  timers: readonly KeptTimer[],
  snapshot: Persisted,
): boolean {
  if (kind === 'after') {
    return timers.some(timer => timer.id === id && timer.source.join('/') === source.join('/'))
  }
  if (kind === 'always') return false
  const machine = source.reduce<Persisted | undefined>(
    (at, child) => at?.children?.[child]?.snapshot,
    snapshot,
  )
  return machine?.children?.[id] !== undefined
}

/** What of a snapshot this machine does not have. */
function misfit(machine: AnyStateMachine, snapshot: Persisted): string | undefined {
  const states = misfitOfState(machine.root, snapshot.value)
  if (states !== undefined) return states
  for (const [id, child] of Object.entries(snapshot.children ?? {})) {
    if (child === undefined || typeof child.src !== 'string') continue
    const logic = logicOf(machine, child.src)
    if (logic instanceof StateMachine) {
      const inner = misfit(logic, child.snapshot)
      if (inner !== undefined) return `in "${id}", ${inner}`
    } else if (logic === undefined && !child.src.startsWith('xstate.invoke.')) {
      return `the machine has no actor "${child.src}"`
    }
  }
  return undefined
}

type Node = AnyStateMachine['root']

function misfitOfState(node: Node, value: StateValue | undefined): string | undefined {
  const keys = Object.keys(node.states)
  const active: Record<string, StateValue | undefined> =
    value === undefined ? {} : typeof value === 'string' ? { [value]: undefined } : value
  const names = Object.keys(active)
  const unknown = names.find(name => node.states[name] === undefined)
  if (unknown !== undefined) return `the machine has no state "${[...node.path, unknown].join('.')}"`
  const here = node.path.length === 0 ? 'the machine' : `the state "${node.path.join('.')}"`
  if (node.type === 'parallel' && names.length !== keys.length) return `${here} has other regions now`
  if (node.type === 'compound' && names.length !== 1) return `${here} has states within it now`
  for (const name of names) {
    const inner = node.states[name]
    const problem = inner && misfitOfState(inner, active[name])
    if (problem !== undefined) return problem
  }
  return undefined
}

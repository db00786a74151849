// Which connections have given up loading a model that another one of their kind of browser holds: what the kind can, so the
// page is to blame. Pure.

import type { ReplicaState } from '../model/model.machine.ts'

export interface PlacedModel {
  readonly name: string
  /** By connection. */
  readonly replicas: Readonly<Record<string, Pick<ReplicaState, '_tag'>>>
}

/**
 * By connection, the name of such a model.
 * @param kindOf the kind of browser of a connection of the pool's own
 */
export function refusals(
  models: readonly PlacedModel[],
  kindOf: (connection: string) => string | undefined,
): Map<string, string> {
  const found = new Map<string, string>()
  for (const { name, replicas } of models) {
    const all = Object.entries(replicas)
    const holding = new Set(all.flatMap(([id, { _tag }]) => (_tag === 'ready' ? (kindOf(id) ?? []) : [])))
    for (const [id, { _tag }] of all) {
      const kind = kindOf(id)
      if (_tag === 'refused' && kind !== undefined && holding.has(kind)) found.set(id, name)
    }
  }
  return found
}

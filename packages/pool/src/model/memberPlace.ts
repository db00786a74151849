// What a model would take on one connection: the back-ends that may be tried there, and the room for them. Pure; whether
// there is that room is Residency.ts's.

import type { Backend } from '@shoal/browser-bridge'
import type { StoredModel } from '@shoal/model-store'
import type { Member } from '../fleet/Fleet.ts'
import type { ResolvedSpec } from '../ModelSpec.ts'
import type { PerformanceHistory } from '../PerformanceHistory.ts'
import { type BrowserPreferences, preferenceOf } from '../routing/preferences.ts'
import type { Footprint, LoadFactors } from './LoadFactors.ts'
import { type BackendOrder, backendsFor } from './placement.ts'
import type { Place } from './Residency.ts'

/** Bytes for models of each GB that a device says it has: half. */
const deviceShare = 2 ** 29

export interface PlacedModel {
  readonly model: string
  readonly spec: ResolvedSpec
  readonly stored: StoredModel
  readonly engineBytes: number
  readonly loadFactors: LoadFactors
  readonly preferences: BrowserPreferences
  readonly history: PerformanceHistory
}

/** One copy of a model: where, and on which back-end. */
export interface HeldOn {
  readonly member: Member
  readonly backend: Backend
}

/** @param beside where else the model is, or is to be */
export function orderOn(
  { spec, model, history, preferences }: PlacedModel,
  member: Member,
  beside: readonly HeldOn[],
): BackendOrder {
  const { live } = member
  const name = browserOf(member)
  const alike = beside.filter(held => held.member !== member && browserOf(held.member) === name)
  return backendsFor(spec, live.capabilities, {
    preferred: preferenceOf(spec.type, preferences).backend,
    measuredMs: backend => history.serviceTime(model, { browser: name, backend })?.meanMs,
    isBeside: backend => alike.some(held => held.backend === backend),
  })
}

/** What is alike for the time that a model takes: a kind of browser of this machine, or the one device that it is. */
function browserOf({ browser, live }: Member): string {
  return live.trust === 'own' ? browser.kind : browser.id
}

/** With the room for the back-end that takes most of those that may be tried. */
export function placeOn(
  model: PlacedModel,
  { id, live }: Member,
  { tries }: BackendOrder,
): Place | undefined {
  if (tries.length === 0) return undefined
  const bytes = Math.max(...tries.map(backend => predicted(model, backend).bytes))
  const { memoryGb } = live.capabilities
  // A device has other things to do; this machine's own memory is read, not asked of its pages.
  const isDevice = live.trust === 'joined' && memoryGb !== undefined
  return { page: id, bytes, ...(isDevice ? { pageLimit: memoryGb * deviceShare } : {}) }
}

export function predicted({ loadFactors, stored, engineBytes }: PlacedModel, backend: Backend): Footprint {
  return loadFactors.predict(stored.key, engineBytes, backend)
}

// Which browsers are tried first for a type of model, while nothing has been measured. A prior, not a rule:
// route.ts lets it count only where there are no measurements, and the user may override it.

import type { BrowserKind } from '@shoal/browser-bridge'
import type { ModelType } from '../ModelSpec.ts'

/** Best first. `chromium` stands for Chrome where only the free build is installed. */
export type BrowserPreferences = Readonly<Partial<Record<ModelType, BrowserKind | readonly BrowserKind[]>>>

/** From the original description: audio Firefox, vision Chrome, text embedding Edge, the others Chrome. */
const defaults: Record<ModelType, readonly BrowserKind[]> = {
  text_embedding: ['edge', 'chrome', 'chromium'],
  vision: ['chrome', 'chromium', 'edge'],
  audio: ['firefox'],
  text_generation: ['chrome', 'chromium', 'edge'],
  multimodal: ['chrome', 'chromium', 'edge'],
  graph: [],
}

/** 0 for the browser tried first, more for later ones; kinds that are not listed come last, equal. */
export function preferenceRank(type: ModelType, browser: string, overrides: BrowserPreferences): number {
  const order: readonly string[] = preferenceOrder(type, overrides)
  const at = order.indexOf(browser)
  return at === -1 ? order.length : at
}

export function preferenceOrder(type: ModelType, overrides: BrowserPreferences): readonly BrowserKind[] {
  const own = overrides[type]
  if (own === undefined) return defaults[type]
  return typeof own === 'string' ? [own] : own
}

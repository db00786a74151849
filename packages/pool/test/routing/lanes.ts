// Candidates for routing's tables of cases.

import type { Candidate } from '../../src/routing/Candidate.ts'

/** A lane of a browser of its own name: well, idle, unmeasured. */
export const lane = (name: string, over: Partial<Candidate> = {}): Candidate => ({
  lane: name,
  connection: name,
  browser: name,
  backend: 'wasm',
  trust: 'own',
  credits: 2,
  pending: 0,
  aheadMs: 0,
  serviceMs: undefined,
  samples: over.serviceMs === undefined ? 0 : 9,
  coldMs: undefined,
  preference: 0,
  software: false,
  standing: 'ok',
  idleMs: 0,
  isSpare: false,
  ...over,
})

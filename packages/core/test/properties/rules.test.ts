// The rules that hold whatever happens, over random operations with faults injected, on a virtual clock: no message
// lost or doubled, order of each sender, bounds, one incarnation a ref, no child without its parent, nothing of an
// old incarnation, restarts within the window exactly. A seed that failed is run again with SHOAL_SEED.

import { expect, test } from 'vitest'
import { World } from './World.ts'

// One commit has one verdict in CI; elsewhere each run tries other worlds.
const chosen = process.env['SHOAL_SEED'] ?? (process.env['CI'] === undefined ? undefined : 20_261_124)
const seed = Number(chosen ?? Date.now() % 1_000_000_007)
const total = Number(process.env['SHOAL_OPERATIONS'] ?? 100_000)
const each = 500

test(`${total} random operations break no rule`, async () => {
  process.stderr.write(`core rules: ${total} operations from SHOAL_SEED=${seed}\n`)
  let operations = 0
  const tally: Record<string, number> = {}
  for (let world = 0; operations < total; world++) {
    const { books, operations: performed } = await World.run(seed + world, each)
    operations += performed
    for (const [what, count] of Object.entries(books.tally)) tally[what] = (tally[what] ?? 0) + count
    const [first, second] = books.violations
    if (first !== undefined)
      expect.fail(`SHOAL_SEED=${seed + world} SHOAL_OPERATIONS=1: ${first}; ${second ?? ''}`)
  }
  process.stderr.write(`core rules: ${operations} operations: ${JSON.stringify(tally)}\n`)
  // Each rule was tried.
  if (total >= 100_000)
    for (const [what, count] of Object.entries(tally)) expect(count, what).toBeGreaterThan(20)
}, 300_000)

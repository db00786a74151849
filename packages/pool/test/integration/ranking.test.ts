// A rival's rule in a real pool, as the ranking on real browsers has it: what it wants is what there comes to be.
import { discover } from '@shoal/browser-bridge'
import { Effect } from 'effect'
import { expect, it } from 'vitest'
import { BenchPool } from '../../bench/BenchPool.ts'
import { asDecide } from '../../bench/scaling/real/asDecide.ts'
import { until } from './requests.ts'

it('a scaler of the simulator’s decides how many connections a real pool has', async () => {
  const found = await Effect.runPromise(discover({ kinds: ['chromium', 'firefox'] }))
  let wanted = 2
  const rival = { family: 'rival', knobs: '', everyMs: 500, initial: 1, target: () => wanted }
  await using pool = await BenchPool.start({
    browsers: found.slice(0, 1).map(({ kind }) => kind),
    maxConnections: 3,
    decide: asDecide(rival),
  })
  const up = () => pool.parts.metrics().connections
  await until(() => up() === 2)
  wanted = 1
  // A step is told when it is done, a moment after the connection is gone.
  const steps = () => pool.parts.metrics().scaling.steps
  await until(() => up() === 1 && steps().length > 1)
  expect(steps().map(({ _tag, reason }) => [_tag, reason])).toEqual([
    ['out', 'rival'],
    ['in', 'rival'],
  ])
})

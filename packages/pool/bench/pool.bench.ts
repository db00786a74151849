// What the pool as a whole gives: each part beside what a program would have without it, in the same browsers, with
// seeded models whose every answer is checked. What a single request costs is overhead.bench.ts.
import { discover, type FoundBrowser } from '@shoal/browser-bridge'
import type { Bench, BenchContext, Row } from '@shoal/tools/bench'
import { Effect } from 'effect'
import type { BrowserKind } from '../src/index.ts'
import { bursts } from './pool/bursts.ts'
import { fourAtOnce } from './pool/fourAtOnce.ts'
import { nextAnswer } from './pool/nextAnswer.ts'
import { otherPools } from './pool/otherPools.ts'

interface Part {
  readonly what: string
  /** Browsers in which it is asked. */
  readonly kinds: readonly BrowserKind[]
  readonly measure: (context: BenchContext, found: FoundBrowser, where: string) => Promise<Row[]>
}

const both: readonly BrowserKind[] = ['chromium', 'firefox']

const parts: Readonly<Record<string, Part>> = {
  a: { what: 'four models at once', kinds: both, measure: fourAtOnce },
  d: { what: 'SIGKILL to the next answer', kinds: both, measure: nextAnswer },
  e: { what: 'one model in bursts', kinds: both, measure: bursts },
  h: { what: 'beside other pools', kinds: ['chromium'], measure: otherPools },
}

export const bench: Bench = {
  name: 'pool',
  description:
    'the pool beside bare lanes, bare browsers and other pools (seeded weights, WASM on one thread)',
  parts: Object.fromEntries(Object.entries(parts).map(([name, { what }]) => [name, what])),
  async run(context) {
    const found = await Effect.runPromise(discover({ kinds: both }))
    const rows: Row[] = []
    for (const [name, { kinds, measure }] of Object.entries(parts)) {
      if (context.only?.has(name) === false) continue
      for (const kind of kinds) {
        // The first of a kind is the one that the pool starts.
        const browser = found.find(one => one.kind === kind)
        if (browser === undefined) context.progress(`${name}: no ${kind} on this machine, skipped`)
        else
          rows.push(
            ...(await measure(context, browser, `${name} · ${kind} ${browser.version.split('.')[0]}`)),
          )
      }
    }
    if (rows.length === 0) throw new Error(`no ${both.join(' or ')} was found on this machine`)
    return rows
  },
}

// What the pool as a whole gives: each part beside what a program would have without it, in the same browsers, with
// seeded models whose every answer is checked. What a single request costs is overhead.bench.ts.
import { discover, type FoundBrowser } from '@shoal/browser-bridge'
import type { Bench, BenchContext, Row } from '@shoal/tools/bench'
import { Effect } from 'effect'
import type { BrowserKind } from '../src/index.ts'
import { batched } from './pool/batched.ts'
import { bursts } from './pool/bursts.ts'
import { computeShaders } from './pool/computeShaders.ts'
import { firstOnWebGpu, firstRequest } from './pool/firstRequest.ts'
import { fourAtOnce } from './pool/fourAtOnce.ts'
import { memory } from './pool/memory.ts'
import { nextAnswer } from './pool/nextAnswer.ts'
import { otherPools } from './pool/otherPools.ts'
import { partsLoading } from './pool/partsLoading.ts'

interface Part {
  readonly what: string
  /** Browsers in which it is asked. */
  readonly kinds: readonly BrowserKind[]
  readonly measure: (context: BenchContext, found: FoundBrowser, where: string) => Promise<Row[]>
}

const both: readonly BrowserKind[] = ['chromium', 'firefox']
/** Where the browser matters less than the minutes. */
const one: readonly BrowserKind[] = ['chromium']

const parts: Readonly<Record<string, Part>> = {
  a: { what: 'four models at once', kinds: both, measure: fourAtOnce },
  b: { what: 'batched and not', kinds: one, measure: batched },
  c: { what: 'memory of four models', kinds: both, measure: memory },
  d: { what: 'SIGKILL to the next answer', kinds: both, measure: nextAnswer },
  e: { what: 'one model in bursts', kinds: both, measure: bursts },
  f: { what: 'loading in parts', kinds: one, measure: partsLoading },
  g: { what: 'the first request, warmed up and not', kinds: one, measure: firstRequest },
  'g-webgpu': { what: 'the same on WebGPU', kinds: one, measure: firstOnWebGpu },
  'g-audio': { what: 'an audio encoder on WebGPU beside WASM', kinds: both, measure: computeShaders },
  h: { what: 'beside other pools', kinds: one, measure: otherPools },
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
        const browser = found.find(candidate => candidate.kind === kind)
        if (browser === undefined) context.progress(`${name}: no ${kind} on this machine, skipped`)
        else {
          const where = `${name} · ${kind} ${browser.version.split('.')[0]}`
          for (const row of await measure(context, browser, where)) {
            rows.push(row)
            // A figure that took a minute is shown when it is there.
            context.progress(
              `${row.name}: × ${row.ratio?.toFixed(2)} beside ${row.beside} (${row.aim ?? 'no aim'})`,
            )
          }
        }
      }
    }
    if (rows.length === 0) throw new Error('no part could be measured on this machine')
    return rows
  },
}

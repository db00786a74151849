// What the bridge costs: an empty call and tensors of three sizes, beside a bare socket of the same browser and beside
// `page.evaluate`. No model does anything in it.
import { discover, type FoundBrowser } from '@shoal/browser-bridge'
import { type Bench, type BenchContext, paired, pairedRow, type Row } from '@shoal/tools/bench'
import { Effect } from 'effect'
import { BenchPage } from './BenchPage.ts'
import { besideLarge } from './besideLarge.ts'
import { evaluateRival } from './evaluateRival.ts'
import { otherWays } from './otherWays.ts'
import { roundTrips } from './roundTrips.ts'
import { transfers } from './transfers.ts'

const kinds = ['chromium', 'firefox'] as const

type Part = (context: BenchContext, page: BenchPage, where: string, browser: FoundBrowser) => Promise<Row[]>

const parts: Readonly<Record<string, { readonly what: string; readonly measure: Part }>> = {
  calls: { what: 'empty calls, one at a time and a thousand at once', measure: roundTrips },
  tensors: { what: 'tensors of three sizes each way', measure: transfers },
  beside: { what: 'an empty call beside 64 MiB to another lane', measure: besideLarge },
  evaluate: { what: 'beside page.evaluate', measure: besideEvaluate },
  ways: {
    what: 'bare: chunks, several sockets, HTTP',
    measure: (context, page, where) => otherWays(context, page.bare, where),
  },
}

export const bench: Bench = {
  name: 'bridge',
  description:
    'an empty call and tensors each way, beside a bare socket of the same browser and page.evaluate',
  parts: Object.fromEntries(Object.entries(parts).map(([name, { what }]) => [name, what])),
  async run(context) {
    const found = await Effect.runPromise(discover({ kinds: [...kinds] }))
    const rows: Row[] = []
    for (const kind of kinds) {
      const browser = found.find(one => one.kind === kind)
      if (browser === undefined) context.progress(`${kind}: skipped, there is none on this machine`)
      else rows.push(...(await measure(context, browser)))
    }
    if (rows.length === 0) throw new Error(`no ${kinds.join(' or ')} was found on this machine`)
    return rows
  },
}

async function measure(context: BenchContext, browser: FoundBrowser): Promise<Row[]> {
  const where = `${browser.kind} ${browser.version.split('.')[0]}`
  await using page = await BenchPage.open(browser)
  const rows: Row[] = []
  for (const [name, { measure }] of Object.entries(parts)) {
    if (context.only?.has(name) !== false) rows.push(...(await measure(context, page, where, browser)))
  }
  return rows
}

async function besideEvaluate(
  context: BenchContext,
  page: BenchPage,
  where: string,
  browser: FoundBrowser,
): Promise<Row[]> {
  await using rival = await evaluateRival(browser)
  const beside = 'page.evaluate'
  const empty = await paired(
    context,
    () => page.emptyCall(),
    () => rival.emptyCall(),
    { pairs: 100 },
  )
  const floats = Array.from({ length: 65_536 }, (_, at) => Math.fround(Math.sin(at)))
  const large = await paired(
    context,
    () => page.down(4 * floats.length),
    () => rival.down(floats),
    {
      pairs: 5,
      label: `${where}: 256 KiB by page.evaluate`,
    },
  )
  return [
    pairedRow(empty, { name: `${where}: empty call`, unit: 'ms', beside }),
    pairedRow(large, { name: `${where}: 256 KiB down`, unit: 'ms', beside: `${beside} with a JSON array` }),
  ]
}

// One model that is used again and again, in bursts: through the pool, beside the naive way, which opens a page and loads
// the model for each burst, and beside one bare page that stays open.
import type { FoundBrowser } from '@shoal/browser-bridge'
import { type BenchContext, pairedRow, pairOf, type Row } from '@shoal/tools/bench'
import type { Page } from 'playwright-core'
import { PlainBrowser } from '../PlainBrowser.ts'
import { inTurn, timed } from './inTurn.ts'
import { textEncoder } from './KnownModel.ts'
import { ask, checkPlain, loaded, modelFiles, modelPath, type PlainAnswer, questionOf } from './ModelPage.ts'
import { PoolUnderTest } from './PoolUnderTest.ts'

/** Requests of one burst, one after the other. */
const length = 10
const aim = 1.2

export async function bursts(context: BenchContext, found: FoundBrowser, where: string): Promise<Row[]> {
  const model = await textEncoder(32)
  const question = questionOf(model)
  await using pool = await PoolUnderTest.start({ kind: found.kind, models: [model], lanes: 1 })
  await using plain = await PlainBrowser.start(found, await modelFiles(model))
  const permanent = await plain.open(modelPath)
  await permanent.evaluate(loaded)
  const burst = Array.from({ length }, () => model)

  const asked = async (page: Page) => {
    const answers: PlainAnswer[] = []
    for (let at = 0; at < length; at++) answers.push(await page.evaluate(ask, question))
    return answers
  }
  const through = async (use: () => Promise<PlainAnswer[]>) => {
    let answers: PlainAnswer[] = []
    const tookMs = await timed(async () => {
      answers = await use()
    })
    checkPlain(model, answers, 'a bare page')
    return tookMs
  }
  const seen = await inTurn(
    context,
    {
      pool: async () => (await pool.runSerially(burst)).wallMs,
      naive: () =>
        through(async () => {
          const page = await plain.open(modelPath)
          await page.evaluate(loaded)
          const answers = await asked(page)
          await page.close()
          return answers
        }),
      permanent: () => through(() => asked(permanent)),
    },
    { label: `${where}, bursts`, rounds: 15, fewest: 5, budgetMs: 20_000 },
  )
  const rates = (rounds: readonly number[]) => rounds.map(ms => (length * 1000) / ms)
  const unit = 'requests/s'
  const naive = pairOf(rates(seen.pool), rates(seen.naive))
  return [
    pairedRow(naive, {
      name: `${where}: bursts of ${length}, ${model.name}`,
      unit,
      beside: 'a page opened and the model loaded for each burst',
      aim: { text: 'at least × 1.2', met: naive.ratio >= aim },
    }),
    pairedRow(pairOf(rates(seen.pool), rates(seen.permanent)), {
      name: `${where}: bursts of ${length}, ${model.name}`,
      unit,
      beside: 'page.evaluate on one page that stays open',
    }),
  ]
}

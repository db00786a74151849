// What a small call waits while a large tensor goes to another lane of the same page, beside the same call alone.
import { type BenchContext, type Row, sampleOf } from '@shoal/tools/bench'
import type { BenchPage } from './BenchPage.ts'

const large = 64 * 1024 * 1024
const rounds = 6

export async function besideLarge(_: BenchContext, page: BenchPage, where: string): Promise<Row[]> {
  const alone: number[] = []
  const during: number[] = []
  const transferMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < 10; at++) alone.push(await call(page))
    const started = performance.now()
    let under = true
    const transfer = page.down(large).finally(() => {
      under = false
    })
    while (under) during.push(await call(page))
    await transfer
    transferMs.push(performance.now() - started)
  }
  const [busy, idle] = [sampleOf(during), sampleOf(alone)]
  return [
    {
      name: `${where}: empty call beside 64 MiB (${Math.round(sampleOf(transferMs).median)} ms) to another lane`,
      value: busy.median,
      unit: 'ms',
      spread: busy.spread,
      beside: 'the same with nothing under way',
      besideValue: idle.median,
      ratio: busy.median / idle.median,
      n: busy.n,
    },
  ]
}

async function call(page: BenchPage): Promise<number> {
  const started = performance.now()
  await page.emptyCallBeside()
  return performance.now() - started
}

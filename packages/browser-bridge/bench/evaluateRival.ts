// The way that people call into a page today: Playwright's `page.evaluate`, in a browser of its own build. Nothing of
// Shoal is in it.
import { chromium, firefox } from 'playwright-core'
import type { FoundBrowser } from '../src/index.ts'

export interface EvaluateRival extends AsyncDisposable {
  /** A call with nothing in it. */
  emptyCall(): Promise<void>
  /** So many floats there, as the JSON array that `page.evaluate` takes. */
  down(floats: readonly number[]): Promise<void>
}

export async function evaluateRival({ kind, executablePath }: FoundBrowser): Promise<EvaluateRival> {
  const browser =
    kind === 'firefox'
      ? await firefox.launch({ executablePath, channel: 'moz-firefox' })
      : await chromium.launch({ executablePath })
  const page = await browser.newPage()
  return {
    emptyCall: () => page.evaluate(() => undefined),
    down: async floats => {
      const length = await page.evaluate(given => Float32Array.from(given).length, floats)
      if (length !== floats.length) throw new Error('page.evaluate took another number of floats')
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

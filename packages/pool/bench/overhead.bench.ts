// What the pool costs: `model.run` over the bare run of its session in the lane, and beside the way that people drive
// a browser today. WASM on one thread, one request at a time; load is another bench's subject.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { discover, type FoundBrowser } from '@shoal/browser-bridge'
import { writeSeededModel } from '@shoal/onnx'
import type { Bench, BenchContext, Row } from '@shoal/tools/bench'
import { Effect } from 'effect'
import { type BrowserKind, ResourcePool } from '../src/index.ts'
import { bareEcho, bareEchoFiles } from './bareEcho.ts'
import { besideEvaluate, sizes } from './besideEvaluate.ts'
import { evaluateFiles, evaluateRival } from './evaluateRival.ts'
import { overFloor } from './overFloor.ts'
import { PlainBrowser } from './PlainBrowser.ts'

const kinds: readonly BrowserKind[] = ['chromium', 'firefox']

const [small, middle, large] = sizes
/** Firefox takes half a minute to bring 4 MiB through \`page.evaluate\`. */
const sizesOf = (kind: BrowserKind) => (kind === 'firefox' ? [small, middle] : [small, middle, large])

export const bench: Bench = {
  name: 'overhead',
  description:
    "model.run over its session's own run (seeded weights), and beside page.evaluate with JSON arrays",
  async run(context) {
    const [bert, identity] = await Promise.all([
      writeSeededModel({ architecture: 'bertEncoder', size: 'mini' }),
      writeSeededModel({ architecture: 'identity' }),
    ])
    const found = await Effect.runPromise(discover({ kinds }))
    const rows: Row[] = []
    for (const kind of kinds) {
      // The first of a kind is the one that the pool starts.
      const browser = found.find(one => one.kind === kind)
      if (browser === undefined) context.progress(`${kind}: skipped, there is none on this machine`)
      else rows.push(...(await measure(context, browser, bert.dir, identity.dir)))
    }
    if (rows.length === 0) throw new Error(`no ${kinds.join(' or ')} was found on this machine`)
    return rows
  },
}

async function measure(
  context: BenchContext,
  browser: FoundBrowser,
  bertFolder: string,
  identityFolder: string,
): Promise<Row[]> {
  const where = `${browser.kind} ${browser.version.split('.')[0]}`
  await using pool = await ResourcePool.start({
    browsers: [browser.kind],
    minConnections: 1,
    maxConnections: 1,
    threads: 1,
    hub: false,
  })
  const graph = await readFile(join(identityFolder, 'onnx', 'model.onnx'))
  await using plain = await PlainBrowser.start(browser, { ...bareEchoFiles, ...evaluateFiles(graph) })
  const load = (name: string) => pool.getModel({ name, type: 'graph', platform: 'wasm' })
  const bert = await load(bertFolder)
  const rows = await overFloor(context, { bert, echo: await bareEcho(plain) }, where)
  const identity = await load(identityFolder)
  const rival = await evaluateRival(plain)
  return [...rows, ...(await besideEvaluate(context, { identity, rival }, where, sizesOf(browser.kind)))]
}

// The same inferences through two libraries that pool browsers, as their documentation has them: puppeteer-cluster gives
// each job a page, Crawlee's browser-pool hands pages out. Both in the build of Chromium that the pool has; what goes to
// their pages and back is `page.evaluate`'s JSON.
import type { FoundBrowser } from '@shoal/browser-bridge'
import { type BenchContext, pairedRow, pairOf, type Row } from '@shoal/tools/bench'
import { chromium } from 'playwright-core'
import { PlainBrowser } from '../PlainBrowser.ts'
import { inTurn, timed } from './inTurn.ts'
import { textEncoder } from './KnownModel.ts'
import {
  ask,
  checkPlain,
  loaded,
  modelFiles,
  modelPath,
  type PlainAnswer,
  type Question,
  questionOf,
} from './ModelPage.ts'
import { PoolUnderTest } from './PoolUnderTest.ts'
import { rivals } from './Rivals.ts'

/** Requests of a round, all asked for at once; and of a job, where a job has several. */
const total = 20
const perJob = 10
/** Of those that are a job each: a page takes a second or more to open and load the model. */
const single = 4
/** Pages, and lanes. */
const pages = 2

/** Both drivers' pages, as far as they are needed. */
interface DrivenPage {
  goto(url: string): Promise<unknown>
  evaluate(call: typeof loaded): Promise<void>
  evaluate(call: typeof ask, question: Question): Promise<PlainAnswer>
}

interface Job {
  readonly url: string
  readonly question: Question
  readonly count: number
}

export async function otherPools(context: BenchContext, found: FoundBrowser, where: string): Promise<Row[]> {
  context.progress(`${where}: installing the other pools, if they are not there`)
  const { BrowserPool, Cluster, PlaywrightPlugin, puppeteer } = await rivals()
  const model = await textEncoder(32)
  const question = questionOf(model)
  const work = Array.from({ length: total }, () => model)
  await using rig = new AsyncDisposableStack()
  const pool = rig.use(await PoolUnderTest.start({ kind: found.kind, models: [model], lanes: pages }))
  const plain = rig.use(await PlainBrowser.start(found, await modelFiles(model)))
  const url = plain.address(modelPath)
  const args = ['--no-sandbox']
  const { executablePath } = found

  const cluster = await Cluster.launch({
    concurrency: Cluster.CONCURRENCY_PAGE,
    maxConcurrency: pages,
    puppeteer,
    puppeteerOptions: { executablePath, args, headless: found.headlessShell ? 'shell' : true },
  })
  rig.defer(() => cluster.close())
  await cluster.task<Job, PlainAnswer[]>(({ page, data }) => job(page, data))
  const crawlee = new BrowserPool({
    browserPlugins: [new PlaywrightPlugin(chromium, { launchOptions: { executablePath, args } })],
    useFingerprints: false,
    maxOpenPagesPerBrowser: pages,
  })
  rig.defer(() => crawlee.destroy())
  const kept = await Promise.all(Array.from({ length: pages }, () => crawlee.newPage()))
  for (const page of kept) await open(page, url)

  const through = async (count: number, use: () => Promise<readonly PlainAnswer[]>) => {
    let answers: readonly PlainAnswer[] = []
    const ms = await timed(async () => {
      answers = await use()
    })
    if (answers.length !== count) throw new Error(`${answers.length} of ${count} answers came`)
    checkPlain(model, answers, 'another pool')
    return (count * 1000) / ms
  }
  const inJobs = async (jobs: number, count: number) => {
    const data: Job = { url, question, count }
    const asked = Array.from({ length: jobs }, () => cluster.execute<Job, PlainAnswer[]>(data))
    return (await Promise.all(asked)).flat()
  }
  const seen = await inTurn(
    context,
    {
      pool: async () => (total * 1000) / (await pool.run(work)).wallMs,
      clusterEach: () => through(single, () => inJobs(single, 1)),
      clusterJobs: () => through(total, () => inJobs(total / perJob, perJob)),
      crawlee: () =>
        through(total, async () =>
          (await Promise.all(kept.map(page => asked(page, question, total / pages)))).flat(),
        ),
    },
    { label: `${where}, other pools`, rounds: 7, fewest: 1, budgetMs: 25_000, warmUp: 0 },
  )
  const row = (side: Exclude<keyof typeof seen, 'pool'>, beside: string): Row => {
    const pair = pairOf(seen.pool, seen[side])
    return pairedRow(pair, {
      name: `${where}: ${total} requests at once, ${model.name}`,
      unit: 'requests/s',
      beside,
    })
  }
  return [
    row('clusterEach', 'puppeteer-cluster, a job for each request'),
    row('clusterJobs', `puppeteer-cluster, a job for each ${perJob} requests`),
    row('crawlee', `@crawlee/browser-pool, ${pages} pages kept open with the model`),
  ]
}

async function job(page: DrivenPage, { url, question, count }: Job): Promise<PlainAnswer[]> {
  await open(page, url)
  return asked(page, question, count)
}

async function open(page: DrivenPage, url: string): Promise<void> {
  await page.goto(url)
  await page.evaluate(loaded)
}

async function asked(page: DrivenPage, question: Question, count: number): Promise<PlainAnswer[]> {
  const answers: PlainAnswer[] = []
  for (let at = 0; at < count; at++) answers.push(await page.evaluate(ask, question))
  return answers
}

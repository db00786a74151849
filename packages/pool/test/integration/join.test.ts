// A device that joins a pool by its address, in real browsers: it works as itself, reloads as itself, leaves when its
// user says so, and says what is wrong where it may not join. Each state of its page is kept as a picture.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { discover } from '@shoal/browser-bridge'
import { compareTensors, type SeededModel, writeSeededModel } from '@shoal/onnx'
import { Effect } from 'effect'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { type Browser, chromium, firefox, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ModelUnplaceable, ResourcePool, type Tensor } from '../../src/index.ts'
import { until } from './requests.ts'

const pictures = fileURLToPath(new URL('../../../../artifacts/join/', import.meta.url))
const found = await Effect.runPromise(discover())
const kinds = (['chromium', 'firefox'] as const).map(kind => {
  const browser = found.find(one => one.kind === kind)
  return {
    kind,
    browser,
    title: browser === undefined ? `${kind} (skipped: it is not installed here)` : kind,
  }
})

const input: Record<string, Tensor> = Object.fromEntries(
  ['input_ids', 'attention_mask', 'token_type_ids'].map(name => {
    const data = BigInt64Array.of(...(name === 'input_ids' ? [2n, 17n, 170n, 3n] : [1n, 1n, 1n, 1n]))
    return [name, { dtype: 'int64', dims: [1, 4], data }]
  }),
)

let folder: string
let bert: SeededModel
let expected: Tensor

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-join-'))
  await mkdir(pictures, { recursive: true })
  bert = await writeSeededModel({ architecture: 'bertEncoder', cacheDir: folder })
  const session = await InferenceSession.create(join(bert.dir, 'onnx/model.onnx'))
  const feeds = Object.entries(input).map(
    ([name, { data, dims }]) => [name, new OrtTensor('int64', data as BigInt64Array, [...dims])] as const,
  )
  const { last_hidden_state: output } = await session.run(Object.fromEntries(feeds))
  if (!(output?.data instanceof Float32Array)) throw new Error('the reference gave no last_hidden_state')
  expected = { dtype: 'float32', dims: output.dims, data: output.data }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(kinds.filter(({ browser }) => browser !== undefined))(
  'A device in $title',
  ({ kind, browser }) => {
    let driven: Browser
    let pool: ResourcePool
    beforeAll(async () => {
      const { executablePath = '', source } = browser ?? {}
      driven =
        kind === 'chromium'
          ? await chromium.launch({ executablePath })
          : await firefox.launch({
              executablePath,
              ...(source === 'playwright' ? {} : { channel: 'moz-firefox' }),
            })
      pool = await ResourcePool.start({ maxConnections: 0, join: true, hub: false })
    })
    afterAll(async () => {
      await pool?.close()
      await driven?.close()
    })

    const door = () => {
      if (pool.join === undefined) throw new Error('the pool has no door')
      return pool.join
    }
    const open = async (url: string, look: Parameters<Browser['newContext']>[0] = {}): Promise<Page> => {
      const context = await driven.newContext(look)
      const tab = await context.newPage()
      await tab.goto(url)
      return tab
    }
    const picture = (tab: Page, name: string) =>
      tab.screenshot({ path: join(pictures, `${kind}-${name}.png`), fullPage: true })
    const says = (tab: Page, headline: string) => tab.locator('#headline', { hasText: headline }).waitFor()

    it('answers right, and only what opted in; is itself again after a reload; leaves, and comes back', async () => {
      // Asked for before anybody is there: it waits for the first device.
      const asked = pool.getModel({ name: bert.dir, type: 'graph', trust: 'any' })
      const tab = await open(door().address().url)
      await using model = await asked
      const run = async () => {
        const { output, placement } = await model.run({ tensors: input })
        const actual = output['last_hidden_state']
        expect(actual && compareTensors(actual, expected, 'fp32')).toMatchObject({ matches: true })
        expect(placement).toMatchObject({
          connection: 'device-1',
          trust: 'joined',
          browser: kind,
          backend: 'wasm',
        })
      }
      await run()
      await tab.locator('#jobs', { hasText: '1' }).waitFor()
      await says(tab, 'Connected, ready for work')
      expect(await tab.locator('#device').innerText()).toBe('device-1')
      // Whoever looks over a shoulder, or at the history, finds no token.
      expect(tab.url()).not.toContain('join=')
      await picture(tab, 'connected')
      expect(door().devices()).toMatchObject([{ id: 'device-1', state: 'working', answered: 1, running: 0 }])
      await expect(pool.getModel({ name: bert.dir, type: 'graph' })).rejects.toBeInstanceOf(ModelUnplaceable)

      await tab.reload()
      await run()
      expect(door().devices()).toMatchObject([{ id: 'device-1', state: 'working', answered: 2 }])

      await tab.locator('#leave').click()
      await says(tab, 'You have left')
      await picture(tab, 'left')
      await until(() => door().devices().length === 0)
      const waiting = run()
      await tab.locator('#again').click()
      await waiting
      expect(door().devices()).toMatchObject([{ id: 'device-1', answered: 3 }])
      await tab.context().close()
      await until(() => door().devices()[0]?.state === 'away')
    })

    it('that is closed while it works loses nothing: another one does it again', async () => {
      const { url } = door().address({ reusable: true })
      const [first, second] = [await open(url), await open(url)]
      await using model = await pool.getModel({ name: bert.dir, type: 'graph', trust: 'any' })
      const ready = () => Object.values(model.status().replicas).filter(({ _tag }) => _tag === 'ready').length
      await until(() => ready() === 2)
      const runs = Array.from({ length: 40 }, () => model.run({ tensors: input }))
      await runs[0]
      await second.context().close()
      const answers = await Promise.all(runs)
      for (const { output } of answers) {
        const actual = output['last_hidden_state']
        expect(actual && compareTensors(actual, expected, 'fp32')).toMatchObject({ matches: true })
      }
      await first.context().close()
    })

    it('says that its address was used, is out of date or wrong, or that it has none', async () => {
      const used = door().address()
      const first = await open(used.url)
      await says(first, 'Connected')
      const attempts: [string, string, string][] = [
        ['used', used.url, 'This address has been used'],
        ['expired', door().address({ expiresMs: 0 }).url, 'This address is out of date'],
        ['wrong', `${door().origin}/#join=${'x'.repeat(43)}`, 'This address is not valid here'],
        ['none', door().origin, 'This page needs a join address'],
      ]
      for (const [name, url, headline] of attempts) {
        const tab = await open(url)
        await says(tab, headline)
        await picture(tab, name)
        await tab.context().close()
      }
      await first.context().close()
      expect(door().refusals()).toMatchObject({ TokenUsed: 1, TokenExpired: 1, TokenInvalid: 1 })
    })

    it('shows itself on a phone’s width, in the dark, with the address for others', async () => {
      const { url } = door().address({ reusable: true })
      const tab = await open(url, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' })
      await says(tab, 'Connected')
      await tab.locator('#invite summary').click()
      await tab.locator('#qr svg').waitFor()
      const wide = await tab.evaluate('document.documentElement.scrollWidth > innerWidth')
      expect(wide, 'the page is wider than the phone').toBe(false)
      await picture(tab, 'phone-dark')
      await tab.context().close()
    })
  },
)

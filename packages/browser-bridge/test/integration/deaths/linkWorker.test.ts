// A page whose link worker is gone helps itself: no host and no driver could, where the page is somebody's device.
import { describe, expect, it } from 'vitest'
import { kinds, launch } from '../../rig/openPage.ts'
import { TestHost } from '../../rig/TestHost.ts'

/** Lets the test lay hands on the page's workers. */
const keepWorkers = `
  const Plain = Worker;
  globalThis.kept = [];
  globalThis.Worker = class extends Plain {
    constructor(script, options) { super(script, options); globalThis.kept.push(this); }
  };
`

for (const kind of kinds)
  describe.skipIf(kind.found === undefined)(`The main thread of a page in ${kind.title}`, () => {
    it('starts a dead link worker again, which comes back as the same connection and says that its lanes are gone', async () => {
      await using host = await TestHost.start()
      const browser = await launch(kind)
      try {
        const tab = await browser.newPage()
        // It waits for 10 s before it takes a silent worker for dead: those are not waited for here.
        await tab.clock.install()
        await tab.addInitScript(keepWorkers)
        const arrived = host.page()
        await tab.goto(host.url)
        const page = await arrived
        await page.openLane(1, 'wasm')
        // Its status says what it has, four times a second.
        await tab.locator('#lanes li', { hasText: 'wasm' }).waitFor()
        const back = host.page()
        await tab.evaluate(() => {
          const { kept } = globalThis as unknown as { kept: { terminate(): void }[] }
          kept[0]?.terminate()
        })
        await tab.clock.runFor(15_000)
        const again = await back
        expect(again.hello.resume).toBe('connection-1')
        const closed = again.log.find(message => message.t === 'laneClosed')
        expect(
          closed ?? (await again.next(message => (message.t === 'laneClosed' ? message : undefined))),
        ).toEqual({
          t: 'laneClosed',
          lane: 1,
        })
        expect(await again.openLane(1, 'wasm')).toMatchObject({ backend: 'wasm' })
      } finally {
        await browser.close()
      }
    })
  })

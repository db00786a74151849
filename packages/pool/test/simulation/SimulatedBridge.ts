// Browsers that are not there, as actors of the real tree: they start after a while, open pages, die when a fault says
// so, and are started again by the real supervisors. It keeps the same contract as the bridge over real browsers.

import type {
  Browser,
  BrowserCommand,
  BrowserSlot,
  ConnectionCommand,
  ExitDetail,
  PageHandle,
} from '@shoal/browser-bridge'
import { behavior, child, fromEffect } from '@shoal/core'
import { Effect } from 'effect'
import { setup } from 'xstate'
import type { BrowserBridge } from '../../src/fleet/BrowserBridge.ts'
import type { Chance } from './Chance.ts'
import type { LaneTrouble, SimulatedNpu } from './SimulatedLane.ts'
import { SimulatedPage } from './SimulatedPage.ts'

export interface SimulatedBridgeOptions {
  readonly chance: Chance
  readonly serviceMs: number
  readonly trouble: LaneTrouble
  readonly poison: number
  /** How many times as long a model takes, by its name in the lane (default: all the same). */
  readonly paceOf?: (key: string) => number
  /** What is behind the pages' WebNN (default: nothing). */
  readonly npu?: SimulatedNpu
}

/** What is wrong with a page, beyond what chance brings. */
export type Ailment = 'fails' | 'slow'

/** What it takes to be rid of it: another page, another process, or another browser in its place. */
export type Cure = 'reload' | 'browser' | 'replacement'

class SimulatedBrowser implements Browser {
  readonly kind = 'chromium' as const
  readonly version = '1'
  readonly way = 'plain' as const
  readonly warnings = []
  readonly pid: number
  readonly profile = undefined
  readonly pageLimit = undefined
  readonly exited: Promise<ExitDetail>
  #exit: (detail: ExitDetail) => void = () => {}

  constructor(pid: number) {
    this.pid = pid
    this.exited = new Promise(resolve => {
      this.#exit = resolve
    })
  }

  end(reason: ExitDetail['reason']): void {
    this.#exit({ reason, detail: `simulated: ${reason}` })
  }

  openPage(): Effect.Effect<PageHandle> {
    return Effect.die(new Error('pages of a simulated browser are opened by its connections'))
  }

  async tree() {
    return { pids: [], pssBytes: undefined }
  }

  close(): Effect.Effect<void> {
    return Effect.sync(() => this.end('closed'))
  }
}

export class SimulatedBridge implements BrowserBridge {
  readonly browsers = new Set<SimulatedBrowser>()
  readonly pages = new Set<SimulatedPage>()
  /** Every page that there ever was. */
  readonly allPages: SimulatedPage[] = []
  /** Hears which lane was given a run, before that begins. */
  onGiven: (lane: string) => void = () => {}
  readonly #options: Omit<SimulatedBridgeOptions, 'trouble'> & { trouble: LaneTrouble }
  readonly #ailing = new Map<SimulatedBrowser | BrowserSlot, Ailment>()
  readonly #placeOf = new Map<
    SimulatedPage,
    { readonly browser: SimulatedBrowser; readonly slot: BrowserSlot }
  >()
  #pids = 1000

  constructor(options: SimulatedBridgeOptions) {
    this.#options = { ...options }
  }

  readonly process: BrowserBridge['process'] = ({ id = 'process', slot }) =>
    child({ id, behavior: behavior({ logic: this.#processOf(slot) }), restart: 'transient' })

  /** The page ails from now on, and so does what takes its place until the cure. */
  ail(page: SimulatedPage, ailment: Ailment, cure: Cure): void {
    const place = this.#placeOf.get(page)
    if (place && cure !== 'reload') this.#ailing.set(cure === 'browser' ? place.browser : place.slot, ailment)
    befall(page, ailment)
  }

  /** Nothing ails any more, and nothing will go wrong by itself. */
  calm(): void {
    this.#ailing.clear()
    this.#options.trouble = { failure: 0, hang: 0 }
    for (const page of this.pages) {
      page.isFailing = false
      page.slowness = 1
      page.trouble = this.#options.trouble
    }
  }

  #processOf(slot: BrowserSlot) {
    const fail = () => {
      throw new Error('simulated: it was recycled')
    }
    return setup({
      types: {} as { events: BrowserCommand },
      actors: { life: this.#life(slot) },
    }).createMachine({
      invoke: { src: 'life' },
      initial: 'open',
      states: { open: { on: { recycle: 'recycled' } }, recycled: { entry: fail } },
    })
  }

  readonly connection: BrowserBridge['connection'] = ({ id, slot, listener }) => {
    const page = fromEffect<never, Error>(() =>
      Effect.acquireUseRelease(
        this.#open(id, slot),
        opened =>
          Effect.sync(() => listener.up(opened)).pipe(
            Effect.andThen(Effect.promise(() => opened.lost)),
            Effect.andThen(reason => Effect.fail(new Error(reason))),
          ),
        opened =>
          Effect.sync(() => {
            opened.die('its page was closed')
            this.pages.delete(opened)
            listener.down(id, 'simulated')
          }),
      ),
    )
    const machine = setup({
      types: {} as { events: ConnectionCommand },
      actors: { page },
    }).createMachine({
      initial: 'open',
      states: {
        open: { invoke: { src: 'page' }, on: { drain: 'gone', recycle: { target: 'open', reenter: true } } },
        gone: { type: 'final' },
      },
    })
    return child({ id, behavior: behavior({ logic: machine }), restart: 'transient' })
  }

  /** Launches, and fails when its browser dies. */
  #life(slot: BrowserSlot) {
    const { chance } = this.#options
    return fromEffect<never, Error>(() =>
      Effect.acquireUseRelease(
        Effect.sleep(chance.between(200, 2500)).pipe(
          Effect.andThen(
            Effect.sync(() => {
              const browser = new SimulatedBrowser(++this.#pids)
              this.browsers.add(browser)
              slot.put(browser)
              return browser
            }),
          ),
        ),
        browser =>
          Effect.promise(() => browser.exited).pipe(
            Effect.andThen(({ detail }) => Effect.fail(new Error(detail))),
          ),
        browser =>
          Effect.sync(() => {
            browser.end('closed')
            this.browsers.delete(browser)
            slot.clear(browser)
          }),
      ),
    )
  }

  readonly #open = Effect.fnUntraced({ self: this }, function* (id: string, slot: BrowserSlot) {
    const browser = yield* slot.ready
    const { chance } = this.#options
    yield* Effect.sleep(chance.between(50, 300))
    const onGiven = (lane: string) => this.onGiven(lane)
    const page = new SimulatedPage(
      { id, browser: 'chromium', ...this.#options, onGiven },
      this.allPages.length + 1,
    )
    void browser.exited.then(({ detail }) => page.die(detail))
    this.#placeOf.set(page, { browser: browser as SimulatedBrowser, slot })
    for (const place of [slot, browser as SimulatedBrowser]) befall(page, this.#ailing.get(place))
    this.pages.add(page)
    this.allPages.push(page)
    return page
  })
}

function befall(page: SimulatedPage, ailment: Ailment | undefined): void {
  if (ailment === 'fails') page.isFailing = true
  if (ailment === 'slow') page.slowness = 20
}

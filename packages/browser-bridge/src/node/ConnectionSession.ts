// What a connection's machine drives: its invitation, its page in the browser, its live socket. It carries out and
// reports; every decision is connection.machine's. One for each incarnation, closed with it.
import { Effect } from 'effect'
import type { PageFailed } from '../errors.ts'
import type { SessionEvent } from '../machines/ConnectionEvent.ts'
import { dialledAgain, type Fall, fellSilent, type Recovery } from '../machines/ladder.ts'
import type { BrowserSlot } from './BrowserSlot.ts'
import type { Browser, PageHandle } from './browsers/Browser.ts'
import { onExit } from './browsers/onExit.ts'
import { withinLimit } from './browsers/withinLimit.ts'
import type { BridgeHost, Invitation } from './host/BridgeHost.ts'
import type { LiveConnection, LivePage, Trouble } from './link/LivePage.ts'

/** Who is told when a connection can take work and when it no longer can. Called synchronously; must not throw. */
export interface ConnectionListener {
  up(connection: LiveConnection): void
  /** Comes before the next `up` of the same id; everything in flight has failed by then. */
  down(id: string, reason: string): void
  /** It had fallen and stands again: by which step, and how long each part took. */
  mended?(recovery: Recovery): void
}

export interface SessionOptions {
  readonly id: string
  /** Where its page is expected. */
  readonly host: Pick<BridgeHost, 'invite'>
  readonly slot: BrowserSlot
  readonly listener: ConnectionListener
}

/** What a former incarnation did not live to mend, and the browser it lived in. */
export interface Unmended {
  readonly fall: Fall
  readonly browser: Browser | undefined
}

type Untimed<E> = E extends SessionEvent ? Omit<E, 'at'> : never

const loadedAgain = 'its page is loaded again'

type Life =
  /** No page has dialled yet. */
  | { readonly _tag: 'Awaited' }
  /** It is there, and given nothing. */
  | { readonly _tag: 'Here'; readonly page: LivePage }
  /** To be given work: the listener hears so with the next turn. */
  | { readonly _tag: 'Coming'; readonly page: LivePage }
  | { readonly _tag: 'Up'; readonly page: LivePage }
  /** It was given up, and all that was in flight with it. It may dial again. */
  | { readonly _tag: 'Down'; readonly page: LivePage }
  /** The same, while the driver loads it again: the next to dial must be another one. */
  | { readonly _tag: 'Reloading'; readonly page: LivePage }

export class ConnectionSession {
  readonly #options: SessionOptions
  readonly #tell: (event: Untimed<SessionEvent>) => void
  readonly #unmended: Unmended | undefined
  readonly #invitation: Invitation
  #browser: Browser | undefined
  #page: PageHandle | undefined
  #life: Life = { _tag: 'Awaited' }
  #leaveBrowser: () => void = () => {}

  constructor(options: SessionOptions, tell: (event: SessionEvent) => void, unmended?: Unmended) {
    this.#options = options
    this.#tell = event => tell({ ...event, at: performance.now() } as SessionEvent)
    this.#unmended = unmended
    this.#invitation = options.host.invite({ id: options.id, onArrival: page => this.#arrived(page) })
  }

  /** Where its page is. */
  get browser(): Browser | undefined {
    return this.#browser
  }

  /** Opens the page as soon as there is a browser, and goes on until it is interrupted. */
  readonly run: Effect.Effect<never, PageFailed> = Effect.suspend(() =>
    Effect.gen({ self: this }, function* () {
      const browser = yield* this.#options.slot.ready
      this.#browser = browser
      if (this.#unmended !== undefined) {
        const { fall, browser: former } = this.#unmended
        this.#tell({ type: 'succeeds', fall, rung: former === browser ? 'page' : 'browser' })
      }
      this.#leaveBrowser = onExit(browser.exited, ({ detail }) => {
        this.#lose(detail)
        this.#tell({ type: 'browserGone', reason: detail })
      })
      const page = yield* browser.openPage(this.#invitation.url)
      this.#page = page
      void page.ended.then(({ reason, detail }) => {
        // Told above, in the browser's own words.
        if (reason === 'browserGone') return
        this.#lose(detail)
        this.#tell({ type: 'pageEnded', reason: detail })
      })
      this.#tell({ type: 'opened' })
      return yield* Effect.never
    }),
  )

  /** Ends the token, the socket and the page. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.#leaveBrowser()
    this.#lose('the connection was closed')
    this.#invitation.revoke()
    return this.#page?.close() ?? Effect.void
  })

  /** Says to the listener that the page can take work, unless it knows. */
  standUp(): void {
    if (this.#life._tag !== 'Here') return
    const { page } = this.#life
    const coming: Life = { _tag: 'Coming', page }
    this.#life = coming
    // Past the machine's own step: what it sets going starts and moves other machines.
    queueMicrotask(() => {
      if (this.#life !== coming) return
      this.#life = { _tag: 'Up', page }
      this.#options.listener.up(page)
    })
  }

  ping(): void {
    void this.#dialled?.link.ping().then(answer => {
      if (answer === 'answered') this.#tell({ type: 'pong' })
    })
  }

  cutSocket(): void {
    this.#lose(fellSilent)
    this.#dialled?.link.terminate()
  }

  reload(): void {
    // Told to stay away: a page whose main thread hangs has a link worker that is well. It would miss its host, dial by
    // itself, pass for the new page, and fall once more when the driver gets to it.
    this.#lose(loadedAgain)
    const page = this.#dialled
    if (page !== undefined) this.#life = { _tag: 'Reloading', page }
    page?.dismiss(loadedAgain)
    const reloading = this.#page?.reload() ?? Effect.void
    Effect.runFork(
      reloading.pipe(Effect.catch(error => this.#told({ type: 'reloadFailed', reason: error.message }))),
    )
  }

  /** Says `drained` once nothing is in flight, or when the limit has passed. */
  drain(limitMs: number): void {
    const drained = withinLimit(limitMs, Promise.resolve(this.#dialled?.drained)).catch(() => undefined)
    void drained.then(() => this.#tell({ type: 'drained' }))
  }

  /** The page that dialled last, in whatever state. */
  get #dialled(): LivePage | undefined {
    return this.#life._tag === 'Awaited' ? undefined : this.#life.page
  }

  #told(event: Untimed<SessionEvent>): Effect.Effect<void> {
    return Effect.sync(() => this.#tell(event))
  }

  #arrived(page: LivePage): void {
    // The old page, which did not hear that it is to stay away. The new one has nothing to resume.
    const resumed = page.wireId === this.#dialled?.wireId
    if (this.#life._tag === 'Reloading' && resumed) {
      page.dismiss(loadedAgain)
      return
    }
    // The former page's own promise comes a turn later, and down must be said before up.
    this.#lose(dialledAgain)
    this.#life = { _tag: 'Here', page }
    page.onTrouble(trouble => this.#troubled(page, trouble))
    void page.lost.then(reason => {
      if (this.#dialled !== page) return
      this.#lose(reason)
      this.#tell({ type: 'socketLost', reason })
    })
    this.#options.slot.pageArrived()
    this.#tell({ type: 'arrived', resumed })
  }

  #troubled(page: LivePage, trouble: Trouble): void {
    if (this.#dialled !== page) return
    if (trouble._tag === 'LinkHeard') this.#tell({ type: 'heard' })
    else this.#tell({ type: trouble._tag === 'LinkSilent' ? 'silent' : 'mainHung', forMs: trouble.forMs })
  }

  /** Everything in flight fails, and the listener hears of it, once for each page that it knows. */
  #lose(reason: string): void {
    const life = this.#life
    if (life._tag !== 'Here' && life._tag !== 'Coming' && life._tag !== 'Up') return
    this.#life = { _tag: 'Down', page: life.page }
    life.page.end(reason)
    if (life._tag === 'Up') this.#options.listener.down(this.#options.id, reason)
  }
}

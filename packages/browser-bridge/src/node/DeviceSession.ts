// What a device's machine drives: the page of one that joined, and what its listener hears of that. It carries out and
// reports; every decision is device.machine's. Not the device itself, which outlives its pages (host/JoinDoor.ts).
import type { DeviceSessionEvent } from '../machines/device.machine.ts'
import { dialledAgain, fellSilent } from '../machines/ladder.ts'
import { restReason } from '../protocol/resting.ts'
import type { ConnectionListener } from './ConnectionSession.ts'
import type { JoinedDevice } from './host/JoinDoor.ts'
import type { LiveConnection, LivePage } from './link/LivePage.ts'

export interface DeviceListener extends ConnectionListener {
  /** Gives it nothing more; resolves when it has nothing in flight. Not called again before `resume` or the next `up`. */
  drain(connection: LiveConnection): Promise<unknown>
  /** Takes `drain` back: it may be given work again. It was up all the while, and what it had may go on. */
  resume(connection: LiveConnection): void
}

export interface DeviceSessionOptions {
  readonly device: JoinedDevice
  readonly listener: DeviceListener
}

type Life =
  /** Nobody is there. */
  | { readonly _tag: 'Away' }
  /** It is there, and given nothing. */
  | { readonly _tag: 'Down'; readonly page: LivePage }
  /** To be given work: the listener hears so with the next turn. */
  | { readonly _tag: 'Coming'; readonly page: LivePage }
  | { readonly _tag: 'Up'; readonly page: LivePage }
  /** Given nothing more; `idle` is the listener's word that what it had has ended. */
  | { readonly _tag: 'Draining'; readonly page: LivePage; readonly idle: Promise<unknown> }
  /** To go on with what it has: the listener hears so with the next turn, and takes it for draining until then. */
  | { readonly _tag: 'Resuming'; readonly page: LivePage; readonly idle: Promise<unknown> }

export class DeviceSession {
  readonly #options: DeviceSessionOptions
  readonly #tell: (event: DeviceSessionEvent) => void
  readonly #detach: () => void
  #life: Life = { _tag: 'Away' }

  constructor(options: DeviceSessionOptions, tell: (event: DeviceSessionEvent) => void) {
    this.#options = options
    this.#tell = tell
    this.#detach = options.device.attach(page => this.#arrived(page))
  }

  /** Says to the listener that the page can take work, or can again, unless it knows. */
  standUp(): void {
    const life = this.#life
    const { listener } = this.#options
    if (life._tag === 'Down') this.#rise({ _tag: 'Coming', page: life.page }, page => listener.up(page))
    if (life._tag === 'Draining') this.#rise({ ...life, _tag: 'Resuming' }, page => listener.resume(page))
  }

  /** Says `drained` once it has nothing in flight, unless it has stood up or down by then. */
  drain(): void {
    const life = this.#life
    if (life._tag === 'Coming') this.#life = { _tag: 'Down', page: life.page }
    if (life._tag === 'Up') this.#drains(life.page, this.#options.listener.drain(life.page))
    else if (life._tag === 'Draining' || life._tag === 'Resuming') this.#drains(life.page, life.idle)
    else queueMicrotask(() => this.#tell({ type: 'drained' }))
  }

  standDown(reason: string): void {
    const life = this.#life
    if (life._tag === 'Away' || life._tag === 'Down') return
    this.#life = { _tag: 'Down', page: life.page }
    if (life._tag === 'Coming') return
    // What is still at work is taken back: nobody knows when a sleeping browser goes on.
    for (const lane of life.page.lanes) if (lane.inFlight > 0) lane.close()
    this.#options.listener.down(this.#options.device.id, reason)
  }

  cutSocket(): void {
    this.#page?.end(fellSilent)
    this.#page?.link.terminate()
  }

  sendHome(reason: string): void {
    this.#page?.dismiss(reason)
    this.#life = { _tag: 'Away' }
  }

  close(): void {
    this.#detach()
    this.standDown('the host is closing')
    this.sendHome('the host is closing')
  }

  get #page(): LivePage | undefined {
    return this.#life._tag === 'Away' ? undefined : this.#life.page
  }

  #rise(rising: Extract<Life, { _tag: 'Coming' | 'Resuming' }>, say: (page: LivePage) => void): void {
    this.#life = rising
    // Past the machine's own step: what it sets going starts and moves other machines.
    queueMicrotask(() => {
      if (this.#life !== rising) return
      this.#life = { _tag: 'Up', page: rising.page }
      say(rising.page)
    })
  }

  #drains(page: LivePage, idle: Promise<unknown>): void {
    const draining: Life = { _tag: 'Draining', page, idle }
    this.#life = draining
    void idle.then(() => {
      if (this.#life === draining) this.#tell({ type: 'drained' })
    })
  }

  #arrived(page: LivePage): void {
    // Down comes before the next up; the former page's own promise would come a turn later.
    this.standDown(dialledAgain)
    this.#life = { _tag: 'Down', page }
    void page.lost.then(reason => {
      if (this.#page === page) this.#tell({ type: 'socketLost', reason })
    })
    page.onTrouble(trouble => {
      if (this.#page === page && trouble._tag === 'LinkSilent')
        this.#tell({ type: 'silent', forMs: trouble.forMs })
    })
    this.#tell({ type: 'arrived' })
    page.onWish(wish => {
      if (this.#page !== page) return
      if (wish.t === 'leave') return this.#tell({ type: 'leave' })
      const reason = restReason(wish)
      this.#tell(reason === undefined ? { type: 'wake' } : { type: 'rest', reason })
    })
  }
}

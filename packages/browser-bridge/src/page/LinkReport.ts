// How the link stands, as the page's main thread shows it. Not the link: LinkClient.ts tells it what has changed.

import type { BrowserIdentity, Capabilities, DeviceWelcome, RefusalCode } from '../protocol/messages.ts'
import { restReason } from '../protocol/resting.ts'
import type { DeviceNotes, LaneStatus, LinkPhase, LinkStatus } from './innerMessages.ts'

/** At a thousand jobs a second the main thread has better things to do. */
const atMostEveryMs = 250

export interface LinkReportOptions {
  readonly browser: BrowserIdentity
  readonly capabilities: Capabilities
  /** The name that the host knows it by, once it was welcome. */
  readonly connection: () => string | undefined
  readonly lanes: () => { readonly status: readonly LaneStatus[]; readonly jobsDone: number }
  readonly say: (status: LinkStatus) => void
}

export class LinkReport {
  readonly #options: LinkReportOptions
  #phase: LinkPhase = 'connecting'
  #detail = ''
  #device: DeviceWelcome | undefined
  #refusal: RefusalCode | undefined
  #notes: DeviceNotes | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: LinkReportOptions) {
    this.#options = options
  }

  show(phase: LinkPhase, detail: string): void {
    this.#phase = phase
    this.#detail = detail
    this.changed()
  }

  /** The host has let it in; `device` where it joined by an address. */
  welcomed(connection: string, device: DeviceWelcome | undefined): void {
    this.#device = device
    this.#refusal = undefined
    this.show('connected', device === undefined ? `as ${connection}` : '')
  }

  refused(code: RefusalCode): void {
    this.#refusal = code
  }

  noted(notes: DeviceNotes): void {
    this.#notes = notes
    this.changed()
  }

  /** Something of it has changed, or of the lanes. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#options.say(this.#status())
    }, atMostEveryMs)
  }

  #status(): LinkStatus {
    const { browser, capabilities, lanes } = this.#options
    const connection = this.#options.connection()
    const { status, jobsDone } = lanes()
    const resting =
      this.#device === undefined || this.#notes === undefined ? undefined : restReason(this.#notes)
    return {
      phase: this.#phase,
      detail: this.#detail,
      browser,
      ...(connection === undefined ? {} : { connection }),
      capabilities,
      ...(this.#device === undefined ? {} : { device: this.#device }),
      ...(this.#refusal === undefined ? {} : { refusal: this.#refusal }),
      ...(resting === undefined ? {} : { resting }),
      lanes: status,
      jobsDone,
    }
  }
}

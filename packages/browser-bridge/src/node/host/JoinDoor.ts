// Who may join by an address: tokens that serve one device or several, for a time, and the devices that came by them,
// each known again by a secret of its own. Not sockets (Gateway.ts) and not where it listens (Door.ts).
import { createHash, randomBytes } from 'node:crypto'
import type { Hello } from '../../protocol/messages.ts'
import type { LivePage } from '../link/LivePage.ts'
import type { Admission, ExpectedPage, Judgement } from './Admission.ts'

export interface JoinAddressOptions {
  /** For any number of devices, instead of the first one alone. Default false. */
  readonly reusable?: boolean
  /** How long new devices may join by it, in milliseconds. Default 15 minutes. Those that joined stay. */
  readonly expiresMs?: number
}

export const defaultExpiryMs = 15 * 60_000

/** A device that joined, from its first hello on. It outlives its sockets and pages. */
export interface JoinedDevice {
  /** Such as `device-1`. */
  readonly id: string
  /** Its page, where it is here now. */
  readonly page: LivePage | undefined
  /** Hears of each arrival, one listener at a time; a page that is here is told at once. Gives back how to leave. */
  attach(listen: (page: LivePage) => void): () => void
}

export interface JoinDoorOptions {
  /** Devices that are here at the same time. */
  readonly maxDevices: number
  /** A device arrived to which nobody listens: it is new, or came back after it had been given up. */
  readonly onDevice: (device: JoinedDevice) => void
  readonly now: () => number
}

interface Grant {
  /** How many had been issued before it. */
  readonly nth: number
  readonly reusable: boolean
  readonly expiresAt: number
  /** The first device that came by it. */
  device?: string
}

class Device implements JoinedDevice {
  readonly id: string
  /** The key of the grant that it came by first. */
  readonly grant: string
  /** A path of its own, so that what one device was given to load is not there for another. */
  readonly filesBase = `/f/${randomBytes(16).toString('base64url')}/`
  readonly expected: ExpectedPage
  #listen: ((page: LivePage) => void) | undefined

  constructor(
    id: string,
    grant: string,
    othersForMs: () => number | undefined,
    unheard: (device: Device) => void,
  ) {
    this.id = id
    this.grant = grant
    this.expected = {
      id,
      trust: 'joined',
      filesBase: this.filesBase,
      page: undefined,
      onArrival: page => {
        if (this.#listen === undefined) unheard(this)
        else this.#listen(page)
      },
      welcome: () => {
        const left = othersForMs()
        return { name: id, ...(left === undefined ? {} : { othersForMs: left }) }
      },
    }
  }

  get page(): LivePage | undefined {
    const { page } = this.expected
    return page?.link.isOpen === true ? page : undefined
  }

  /** Somebody keeps a place for it, whether it is here or not. */
  get isHeard(): boolean {
    return this.#listen !== undefined
  }

  attach(listen: (page: LivePage) => void): () => void {
    this.#listen = listen
    if (this.page !== undefined) listen(this.page)
    return () => {
      if (this.#listen === listen) this.#listen = undefined
    }
  }
}

/**
 * Devices that are away and may come back, for each of which somebody waits. Else one stranger with an address for
 * several, as somebody new each time, has any number of them waited for.
 */
export const awaitedAtOnce = 64

/** Grants, devices, and devices that were disowned, that are remembered; the oldest that are of no use any more go first. */
const remembered = 1_000

const digest = (secret: string): string => createHash('sha256').update(secret).digest('base64')

const refused = (code: Extract<Judgement, { _tag: 'Refused' }>['code'], message: string): Judgement => ({
  _tag: 'Refused',
  code,
  message,
})

export class JoinDoor implements Admission {
  readonly #options: JoinDoorOptions
  /** Both by digest: neither a look-up's time nor a heap dump gives a secret away. */
  readonly #grants = new Map<string, Grant>()
  readonly #devices = new Map<string, Device>()
  /** Of devices that may not come again, by digest: how many grants had been issued then, none of which lets one in. */
  readonly #disowned = new Map<string, number>()
  #joined = 0
  #issued = 0

  constructor(options: JoinDoorOptions) {
    this.#options = options
  }

  get devices(): readonly JoinedDevice[] {
    return [...this.#devices.values()]
  }

  /** A token of 256 random bits, and when it stops to let new devices in, by the door's own clock. */
  issue({ reusable = false, expiresMs = defaultExpiryMs }: JoinAddressOptions = {}): {
    readonly token: string
    readonly expiresAt: number
    revoke(): void
  } {
    const token = randomBytes(32).toString('base64url')
    const key = digest(token)
    const expiresAt = this.#options.now() + expiresMs
    this.#grants.set(key, { nth: this.#issued++, reusable, expiresAt })
    if (this.#grants.size > remembered) this.#forgetGrant()
    return { token, expiresAt, revoke: () => this.#grants.delete(key) }
  }

  /**
   * It comes again by an address that is issued from now on, and by no other; its page may end what it has, as long as its
   * socket stands.
   */
  disown(id: string): void {
    this.#remove(id, this.#issued)
  }

  /** The same, and its page is sent home at once, whatever it has. */
  forget(id: string, reason: string): void {
    this.#remove(id, this.#issued)?.page?.dismiss(reason)
  }

  /**
   * It is not believed any more, and comes again by no address. The one that it came by lets nobody in any more who is not
   * known yet: it could come by it as somebody new.
   */
  shutOut(id: string, reason: string): void {
    const device = this.#remove(id, Number.POSITIVE_INFINITY)
    if (device === undefined) return
    this.#grants.delete(device.grant)
    device.page?.dismiss(reason)
  }

  judge({ token, device: secret }: Pick<Hello, 'token' | 'device'>): Judgement {
    if (secret === undefined || !/^[\w-]{22,128}$/.test(secret)) {
      return refused('TokenInvalid', 'the page did not say which device it is')
    }
    const key = digest(secret)
    const known = this.#devices.get(key)
    const grant = this.#grants.get(digest(token))
    if (known === undefined) {
      if (grant !== undefined && grant.nth < (this.#disowned.get(key) ?? 0))
        return refused('TokenInvalid', 'this device was sent home, and needs a new join address')
      if (grant === undefined) return refused('TokenInvalid', 'this join address is not known here')
      if (!grant.reusable && grant.device !== undefined) {
        return refused('TokenUsed', 'this join address was for one device, and one has joined by it')
      }
      if (this.#options.now() >= grant.expiresAt)
        return refused('TokenExpired', 'this join address is out of date')
    }
    const others = [...this.#devices.values()].filter(other => other !== known)
    const here = others.filter(({ page }) => page !== undefined).length
    if (here >= this.#options.maxDevices) {
      return refused('TooManyConnections', `${here} devices have joined, and no more may`)
    }
    const awaited = others.filter(({ page, isHeard }) => page === undefined && isHeard).length
    if (known?.isHeard !== true && awaited >= awaitedAtOnce) {
      return refused(
        'TooManyConnections',
        `${awaited} devices are away that may come back, and no more may join`,
      )
    }
    return { _tag: 'Known', enter: () => (known ?? this.#enter(key, digest(token), grant)).expected }
  }

  /** The device with that path for its files. */
  deviceAt(path: string): JoinedDevice | undefined {
    return [...this.#devices.values()].find(device => path.startsWith(device.filesBase))
  }

  /** One that lets nobody in any more, before one that somebody may hold in their hand. */
  #forgetGrant(): void {
    const now = this.#options.now()
    const isSpent = ({ reusable, expiresAt, device }: Grant) =>
      now >= expiresAt || (!reusable && device !== undefined)
    if (!forgetFirst(this.#grants, isSpent)) forgetFirst(this.#grants, () => true)
  }

  /** One that nobody waits for, before one that is only away. */
  #forgetDevice(): void {
    const isAway = ({ page }: Device) => page === undefined
    if (!forgetFirst(this.#devices, one => isAway(one) && !one.isHeard)) forgetFirst(this.#devices, isAway)
  }

  #remove(id: string, before: number): Device | undefined {
    for (const [key, device] of this.#devices) {
      if (device.id !== id) continue
      this.#devices.delete(key)
      this.#disowned.delete(key)
      this.#disowned.set(key, before)
      if (this.#disowned.size > remembered) forgetFirst(this.#disowned, () => true)
      return device
    }
    return undefined
  }

  #enter(key: string, grantKey: string, grant: Grant | undefined): Device {
    const { now, onDevice } = this.#options
    const othersForMs = () => {
      const lets = grant?.reusable === true && this.#grants.has(grantKey)
      const left = lets ? Math.floor(grant.expiresAt - now()) : 0
      return left > 0 ? left : undefined
    }
    const device = new Device(`device-${++this.#joined}`, grantKey, othersForMs, onDevice)
    if (grant !== undefined) grant.device ??= device.id
    this.#devices.set(key, device)
    if (this.#devices.size > remembered) this.#forgetDevice()
    return device
  }
}

const forgetFirst = <A>(all: Map<string, A>, may: (one: A) => boolean): boolean => {
  for (const [key, one] of all) if (may(one)) return all.delete(key)
  return false
}

// A device that joined, as an actor: device.machine wired to its page. It is never started again by us: when it is given
// up or has left its actor ends normally, and the door tells of it anew should it come back.
import { type Behavior, behavior, type ChildSpec, child, fromEffect } from '@shoal/core'
import { Effect } from 'effect'
import type { SnapshotFrom } from 'xstate'
import {
  type DeviceCommand,
  type DeviceEvent,
  type DeviceLimits,
  type DeviceSessionEvent,
  defaultDeviceLimits,
  deviceMachine,
} from '../machines/device.machine.ts'
import { dialledAgain, fellSilent } from '../machines/ladder.ts'
import { restReason } from '../protocol/resting.ts'
import type { ConnectionListener } from './ConnectionSession.ts'
import type { JoinedDevice } from './host/JoinDoor.ts'
import type { LiveConnection, LivePage } from './link/LivePage.ts'

export interface DeviceListener extends ConnectionListener {
  /** Gives it nothing more; resolves when it has nothing in flight. Not called again before the next `up`. */
  drain(connection: LiveConnection): Promise<unknown>
}

export interface JoinedDeviceOptions {
  readonly device: JoinedDevice
  readonly listener: DeviceListener
  readonly limits?: Partial<DeviceLimits>
}

export type DeviceSnapshot = SnapshotFrom<typeof deviceMachine>

/** What the machine drives. It carries out and reports; every decision is device.machine's. */
class DeviceSession {
  readonly #options: JoinedDeviceOptions
  readonly #tell: (event: DeviceSessionEvent) => void
  readonly #detach: () => void
  #live: LivePage | undefined
  /** The page that is to be given work, from the turn after this was decided. */
  #wanted: LivePage | undefined
  #isUp = false

  constructor(options: JoinedDeviceOptions, tell: (event: DeviceSessionEvent) => void) {
    this.#options = options
    this.#tell = tell
    this.#detach = options.device.attach(page => this.#arrived(page))
  }

  standUp(): void {
    const live = this.#live
    if (live === undefined) return
    this.#wanted = live
    // Past the machine's own step: what it sets going starts and moves other machines.
    queueMicrotask(() => {
      if (this.#wanted !== live) return
      this.#isUp = true
      this.#options.listener.up(live)
    })
  }

  drain(): void {
    const live = this.#live
    const idle = live !== undefined && this.#isUp ? this.#options.listener.drain(live) : Promise.resolve()
    void idle.then(() => this.#tell({ type: 'drained' }))
  }

  standDown(reason: string): void {
    this.#wanted = undefined
    if (!this.#isUp) return
    this.#isUp = false
    // What is still at work is taken back: nobody knows when a sleeping browser goes on.
    for (const lane of this.#live?.lanes ?? []) if (lane.inFlight > 0) lane.close()
    this.#options.listener.down(this.#options.device.id, reason)
  }

  cutSocket(): void {
    this.#live?.end(fellSilent)
    this.#live?.link.terminate()
  }

  sendHome(reason: string): void {
    this.#live?.dismiss(reason)
    this.#live = undefined
  }

  close(): void {
    this.#detach()
    this.standDown('the host is closing')
    this.sendHome('the host is closing')
  }

  #arrived(page: LivePage): void {
    // Down comes before the next up; the former page's own promise would come a turn later.
    this.standDown(dialledAgain)
    this.#live = page
    void page.lost.then(reason => {
      if (this.#live === page) this.#tell({ type: 'socketLost', reason })
    })
    page.onTrouble(trouble => {
      if (this.#live === page && trouble._tag === 'LinkSilent')
        this.#tell({ type: 'silent', forMs: trouble.forMs })
    })
    this.#tell({ type: 'arrived' })
    page.onWish(wish => {
      if (this.#live !== page) return
      if (wish.t === 'leave') return this.#tell({ type: 'leave' })
      const reason = restReason(wish)
      this.#tell(reason === undefined ? { type: 'wake' } : { type: 'rest', reason })
    })
  }
}

const wired = (options: JoinedDeviceOptions) => {
  // Hot data: the session of the one incarnation there is.
  let session: DeviceSession | undefined
  return deviceMachine.provide({
    actors: {
      session: fromEffect<never, never, unknown, DeviceEvent>(({ sendBack }) =>
        Effect.acquireUseRelease(
          Effect.sync(() => {
            session = new DeviceSession(options, sendBack)
            return session
          }),
          () => Effect.never,
          opened => Effect.sync(() => opened.close()),
        ),
      ),
    },
    actions: {
      standUp: () => session?.standUp(),
      drain: () => session?.drain(),
      standDown: ({ context }) => session?.standDown(context.reason ?? 'it is not here'),
      cutSocket: () => session?.cutSocket(),
      sendHome: ({ context }) => session?.sendHome(context.reason ?? 'its place here was given up'),
    },
  })
}

/** Describes a device to supervise. Temporary: it ends when it has left or was away for too long, or by a failure. */
export const joinedDevice = (options: JoinedDeviceOptions): ChildSpec<DeviceCommand, DeviceSnapshot> => {
  const { device, limits } = options
  const actor: Behavior<DeviceCommand, DeviceSnapshot, { id: string; limits: DeviceLimits }> = behavior({
    logic: wired(options),
  })
  return child({
    id: device.id,
    behavior: actor,
    input: { id: device.id, limits: { ...defaultDeviceLimits, ...limits } },
    restart: 'temporary',
    shutdown: '2 seconds',
  })
}

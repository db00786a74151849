// A device that joined, as an actor: device.machine wired to its session. It is never started again by us: when it is given
// up or has left its actor ends normally, and the door tells of it anew should it come back.
import { type Behavior, behavior, type ChildSpec, child, fromEffect } from '@shoal/core'
import { Effect } from 'effect'
import type { SnapshotFrom } from 'xstate'
import {
  type DeviceCommand,
  type DeviceEvent,
  type DeviceLimits,
  defaultDeviceLimits,
  deviceMachine,
} from '../machines/device.machine.ts'
import { DeviceSession, type DeviceSessionOptions } from './DeviceSession.ts'

export interface JoinedDeviceOptions extends DeviceSessionOptions {
  readonly limits?: Partial<DeviceLimits>
}

export type DeviceSnapshot = SnapshotFrom<typeof deviceMachine>

const wired = (options: DeviceSessionOptions) => {
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

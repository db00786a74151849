// One connection as an actor: connection.machine wired to its session. The pool meets it through its listener, not
// through its messages: requests go over the LiveConnection, past the mailbox.
import { type Behavior, behavior, type ChildSpec, child, fromEffect } from '@shoal/core'
import { Effect } from 'effect'
import type { SnapshotFrom } from 'xstate'
import { type ConnectionLimits, defaultConnectionLimits } from '../machines/ConnectionContext.ts'
import type { ConnectionCommand, ConnectionEvent } from '../machines/ConnectionEvent.ts'
import { connectionMachine } from '../machines/connection.machine.ts'
import type { Recovery } from '../machines/ladder.ts'
import { ConnectionSession, type SessionOptions, type Unmended } from './ConnectionSession.ts'

export interface ConnectionOptions extends SessionOptions {
  readonly limits?: Partial<ConnectionLimits>
}

export type ConnectionSnapshot = SnapshotFrom<typeof connectionMachine>

const wired = (options: SessionOptions) => {
  // Hot data: the session of the present incarnation, which its supervisor never runs beside another one.
  let session: ConnectionSession | undefined
  /** What the last incarnation left to this one. */
  let unmended: Unmended | undefined
  let told: Recovery | undefined
  return connectionMachine.provide({
    actors: {
      session: fromEffect<never, unknown, unknown, ConnectionEvent>(({ sendBack }) =>
        Effect.acquireUseRelease(
          Effect.sync(() => {
            session = new ConnectionSession(options, sendBack, unmended)
            return session
          }),
          opened => opened.run,
          opened => opened.close,
        ),
      ),
    },
    actions: {
      standUp: () => session?.standUp(),
      ping: () => session?.ping(),
      cutSocket: () => session?.cutSocket(),
      reloadPage: () => session?.reload(),
      drainPage: ({ context }) => session?.drain(context.limits.drainMs),
      report: ({ context }) => {
        unmended = undefined
        const last = context.recoveries.at(-1)
        if (last === undefined || last === told) return
        told = last
        options.listener.mended?.(last)
      },
      carry: ({ context: { fall } }) => {
        unmended = fall && { fall, browser: session?.browser ?? unmended?.browser }
      },
      blameBrowser: ({ context }) => options.slot.pageFailed(context.trouble ?? ''),
    },
  })
}

/**
 * Describes a connection to supervise: a page of the slot's browser. Transient: after `{ type: 'drain' }` it ends
 * normally and stays away; one that cannot be helped up ends with a failure, and its supervisor opens another page.
 */
export const connection = (options: ConnectionOptions): ChildSpec<ConnectionCommand, ConnectionSnapshot> => {
  const { id, limits } = options
  const actor: Behavior<ConnectionCommand, ConnectionSnapshot, { id: string; limits: ConnectionLimits }> =
    behavior({
      logic: wired(options),
    })
  return child({
    id,
    behavior: actor,
    input: { id, limits: { ...defaultConnectionLimits, ...limits } },
    restart: 'transient',
    shutdown: '10 seconds',
  })
}

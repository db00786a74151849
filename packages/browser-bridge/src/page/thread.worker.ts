// Entry of a thread of the engine that the main thread started for a lane: runs the script that the lane wanted, which
// speaks with it as with its parent.

import type { StartThread } from './innerMessages.ts'

self.onmessage = async (event: MessageEvent<StartThread>) => {
  const { script, port } = event.data
  self.postMessage = (message: unknown, transfer?: unknown) =>
    port.postMessage(message, (transfer ?? []) as Transferable[])
  await import(/* @vite-ignore */ script)
  // The script has put its own listener there; what came meanwhile has waited in the port.
  port.onmessage = message => self.onmessage?.(message)
}

// A link worker's socket in the hand of a test. No tests in it.

import { joinChunks } from '@shoal/tensor'
import type { WireEvents } from '../../src/page/Wire.ts'
import { decodePageFrame, encodeFrame } from '../../src/protocol/codec.ts'
import type { HostMessage, PageMessage } from '../../src/protocol/messages.ts'
import type { FrameParts, Place } from '../../src/protocol/Outbox.ts'

/** A socket that does what the test says, and whole frames alone. */
export class ToldWire {
  readonly said: PageMessage[] = []
  /** Where each belongs; without one it leaves at once. */
  readonly places: (Place | undefined)[] = []
  readonly closings: number[] = []
  readonly events: WireEvents
  admitted = 0

  constructor(events: WireEvents) {
    this.events = events
  }
  admit(most: number): void {
    this.admitted = most
  }
  send(parts: FrameParts, place?: Place): void {
    this.said.push(decodePageFrame(joinChunks(parts)))
    this.places.push(place)
  }
  /** Whether what it is asked to take back waits still. */
  takesBack = false
  withdraw(): boolean {
    return this.takesBack
  }
  dropLane(): void {}
  take(message: ArrayBuffer): Uint8Array<ArrayBuffer> {
    return new Uint8Array(message)
  }
  close(code: number): void {
    this.closings.push(code)
  }
  host(message: HostMessage): void {
    this.events.came(joinChunks(encodeFrame(message)).buffer)
  }
  get kinds(): readonly string[] {
    return this.said.map(({ t }) => t)
  }
}

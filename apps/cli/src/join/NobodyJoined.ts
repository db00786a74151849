// The error of a wait for a device that never came.

import { Data } from 'effect'

/** A model was to run on a device that joins, and none did in time. */
export class NobodyJoined extends Data.TaggedError('NobodyJoined')<{ readonly seconds: number }> {
  override get message(): string {
    return `No device has joined within ${this.seconds} s: open the address on one, or wait longer with --deadline.`
  }
}

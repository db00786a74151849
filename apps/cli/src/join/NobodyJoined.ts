// The error of a wait for a device that never came, or that left too soon.

import { Data } from 'effect'

/** A model was to run on a device that joins, and none is there any more that could load it. */
export class NobodyJoined extends Data.TaggedError('NobodyJoined')<{
  /** How long the address let a device in. */
  readonly seconds: number
  /** The device that was there last; undefined where none came. */
  readonly left: string | undefined
}> {
  override get message(): string {
    const { seconds, left } = this
    if (left === undefined)
      return `No device has joined within ${seconds} s: open the address on one, or wait longer with --deadline.`
    return `${left} joined and left before it had the model, and the address expired after ${seconds} s: run again and keep the page open on the device, or wait longer with --deadline.`
  }
}

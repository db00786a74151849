// The head of a WebSocket message: read back by ws itself, at every length where its form changes.

import type { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import * as ws from 'ws'
import { messageHead } from '../../../src/node/link/messageHead.ts'

/** Its types do not tell of it. */
const { Receiver } = ws as unknown as {
  readonly Receiver: new (options: { readonly isServer: boolean }) => Writable
}

it.each([0, 1, 125, 126, 65_535, 65_536, 300_000])(
  'says of %d bytes that they are one binary message',
  async length => {
    const { promise, resolve } = Promise.withResolvers<readonly [Buffer, boolean]>()
    const receiver = new Receiver({ isServer: false })
    receiver.on('message', (data: Buffer, isBinary: boolean) => resolve([data, isBinary]))
    receiver.write(Buffer.from(messageHead(length)))
    for (let at = 0; at < length; at += 100_000)
      receiver.write(Buffer.alloc(Math.min(100_000, length - at), 5))
    const [data, isBinary] = await promise
    expect(isBinary).toBe(true)
    expect(Buffer.compare(data, Buffer.alloc(length, 5))).toBe(0)
  },
)

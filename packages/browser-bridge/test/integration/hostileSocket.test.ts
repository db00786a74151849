// Frames that somebody has tampered with, through a real socket: whoever sends one that is no frame is shut out with a
// code, and neither the host nor another page is any the worse. The codec alone is protocol/mutatedFrames.test.ts.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Lane } from '../../src/index.ts'
import { decodePageFrame } from '../../src/protocol/codec.ts'
import { Flow } from '../../src/protocol/Flow.ts'
import { defaultLimits } from '../../src/protocol/messages.ts'
import { mutated, numbersFrom, seed, soundFrames } from '../protocol/mutate.ts'
import { type Arrival, BareHost } from '../rig/BareHost.ts'
import { heldBytes } from '../rig/heldBytes.ts'
import { isLong } from '../rig/patience.ts'
import { until } from '../rig/Rig.ts'

const count = isLong ? 100_000 : 2_000
const perConnection = 20
const atOnce = 25
/** Of RFC 6455: no frame of this protocol, against its rules, too large. */
const codes = new Set([1002, 1008, 1009])

let bare: BareHost
let bystander: Arrival
let lane: Lane
beforeAll(async () => {
  bare = await BareHost.start({ heartbeat: { beatMs: 60_000 } })
  bystander = await bare.arrive('bystander')
  lane = await bare.openLane(bystander)
  const timing = { queueMs: 0, preprocessMs: 0, computeMs: 1, postprocessMs: 0 }
  bystander.page.onHear = message => {
    // What it has heard is the test's own memory, not the host's.
    bystander.page.heard.length = 0
    if (message.t === 'run')
      bystander.page.say({ t: 'result', id: message.id, timing, inputs: 0, tensors: message.tensors })
  }
})
afterAll(() => bare[Symbol.asyncDispose]())

/** Whether a page that sends these ends its connection with the last of them. */
const isSound = (flow: Flow, frame: Uint8Array): boolean => {
  try {
    const whole = flow.take(frame)
    return whole === undefined || decodePageFrame(whole).t !== 'hello'
  } catch {
    return false
  }
}

const data = Float32Array.of(1, 2, 3)
const bystanderRuns = async (): Promise<void> => {
  const given = { name: 'x', dtype: 'float32', dims: [3], data } as const
  const run = lane.run('m', { input: { kind: 'tensors' }, tensors: [given] }, { deadlineMs: 30_000 })
  expect((await run).outputs[0]?.data).toEqual(data)
}

const longer = isLong ? '' : ' (100,000 with SHOAL_LONG=1)'
it(`${count} mutated frames${longer} (SHOAL_SEED=${seed}) end their own connection with a code, and nothing else`, {
  timeout: isLong ? 900_000 : 120_000,
}, async () => {
  const below = numbersFrom(seed)
  const frames = soundFrames(2)
  const before = heldBytes()
  let [sent, shutOut] = [0, 0]
  const attack = async (): Promise<void> => {
    while (sent < count) {
      const hostile = await bare.arrive(`hostile ${sent}`)
      const flow = new Flow({ write: () => {} })
      flow.admit(defaultLimits.maxFrameBytes)
      let ended = false
      for (let left = perConnection; left > 0 && !ended; left--, sent++) {
        const frame = mutated(frames, below)
        ended = !isSound(flow, frame)
        hostile.page.socket.send(frame)
      }
      if (ended) {
        expect(codes).toContain(await hostile.page.closed)
        await hostile.live.lost
        shutOut++
      } else {
        hostile.page.socket.terminate()
      }
      hostile.revoke()
      await bystanderRuns()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, attack))
  expect(shutOut).toBeGreaterThan(count / perConnection)
  expect(bystander.page.socket.readyState).toBe(bystander.page.socket.OPEN)
  await until(() => heldBytes() - before < 32 * 1024 * 1024)
})

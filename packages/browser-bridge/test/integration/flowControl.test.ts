// Large tensors and pages that do not take them, over real sockets: what the host holds, who waits, what a small call
// waits for, and what becomes of a request that is given up half-way.
import type { NamedTensor } from '@shoal/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lane } from '../../src/index.ts'
import { chunkBytes, chunkHead, windowBytes } from '../../src/protocol/flowFrames.ts'
import { type Arrival, BareHost } from '../rig/BareHost.ts'
import { heldBytes } from '../rig/heldBytes.ts'
import { until } from '../rig/Rig.ts'

const mib = 1024 * 1024
let bare: BareHost
beforeAll(async () => {
  // Nobody here beats: what a page does not say is another test's subject.
  bare = await BareHost.start({ heartbeat: { beatMs: 60_000 } })
})
afterAll(() => bare[Symbol.asyncDispose]())

const tensor = (data: Uint8Array): NamedTensor => ({ name: 'x', dtype: 'uint8', dims: [data.length], data })
const large = tensor(new Uint8Array(64 * mib).fill(1))
const ask = (lane: Lane, given: NamedTensor, deadlineMs = 60_000, signal?: AbortSignal) =>
  lane.run('m', { input: { kind: 'tensors' }, tensors: [given] }, { deadlineMs, ...(signal && { signal }) })
const timing = { queueMs: 0, preprocessMs: 0, computeMs: 1, postprocessMs: 0 }
const answer = ({ page }: Arrival, id: number) =>
  page.say({ t: 'result', id, timing, inputs: 0, tensors: [] })
const held = () => heldBytes() / mib

describe('A page that reads nothing', () => {
  it('is offered 1 GiB: the host holds no more than before, and every caller hears at its deadline', async () => {
    const arrival = await bare.arrive('stopped')
    const lane = await bare.openLane(arrival)
    arrival.page.socket.pause()
    const before = held()
    const asked = Array.from({ length: 16 }, () => ask(lane, large, 1_500))
    const ended = Promise.allSettled(asked)
    await until(() => arrival.live.link.traffic.bytesOut >= windowBytes)
    expect(held() - before).toBeLessThan(64)
    for (const one of await ended) {
      expect(one).toMatchObject({
        status: 'rejected',
        reason: { _tag: 'DeadlineExceeded', mayRunAgain: false },
      })
    }
    expect(held() - before).toBeLessThan(64)
    expect(arrival.live.link.traffic.bytesOut).toBeLessThan(windowBytes + 2 * chunkBytes)
    // What never left whole is not waited for.
    expect(lane.inFlight).toBe(0)
    arrival.page.socket.resume()
    const again = ask(lane, tensor(Uint8Array.of(7)))
    const { id, tensors } = await arrival.page.hears('run')
    expect(tensors[0]?.data).toEqual(Uint8Array.of(7))
    answer(arrival, id)
    await again
    arrival.page.socket.terminate()
  })

  it('holds up no other page', async () => {
    const stopped = await bare.arrive('stopped-too')
    const waits = ask(await bare.openLane(stopped), large, 60_000).catch((error: unknown) => error)
    stopped.page.socket.pause()
    const other = await bare.arrive('other')
    const run = ask(await bare.openLane(other), tensor(Uint8Array.of(1)))
    answer(other, (await other.page.hears('run')).id)
    await run
    stopped.page.socket.terminate()
    other.page.socket.terminate()
    expect(await waits).toMatchObject({ _tag: 'ConnectionLost', mayRunAgain: true })
  })
})

describe('A page that takes 64 MiB', () => {
  it('gets a small call of another lane in between, whose answer does not wait for the rest', async () => {
    const arrival = await bare.arrive('small')
    const [slow, quick] = [await bare.openLane(arrival), await bare.openLane(arrival, 2)]
    const order: string[] = []
    arrival.page.onHear = message => {
      if (message.t !== 'run') return
      order.push(`run of lane ${message.lane}`)
      answer(arrival, message.id)
    }
    const first = ask(slow, large).then(() => order.push('answer of lane 1'))
    const second = ask(quick, tensor(Uint8Array.of(1))).then(() => order.push('answer of lane 2'))
    await Promise.all([first, second])
    expect(order).toEqual(['run of lane 2', 'answer of lane 2', 'run of lane 1', 'answer of lane 1'])
    arrival.page.socket.terminate()
  })

  it('hears at once of a call that is given up and of a lane that is closed', async () => {
    const arrival = await bare.arrive('told')
    const [slow, quick, third] = [
      await bare.openLane(arrival),
      await bare.openLane(arrival, 2),
      await bare.openLane(arrival, 3),
    ]
    const controller = new AbortController()
    const givenUp = ask(quick, tensor(Uint8Array.of(1)), 60_000, controller.signal).catch(({ _tag }) => _tag)
    await arrival.page.hears('run')
    const order: string[] = []
    arrival.page.onHear = message => order.push(message.t)
    const first = ask(slow, large)
    const never = ask(third, tensor(Uint8Array.of(1))).catch(({ _tag }) => _tag)
    third.close()
    controller.abort()
    expect(await Promise.all([never, givenUp])).toEqual(['LaneLost', 'RequestCancelled'])
    answer(arrival, (await arrival.page.hears('run', 2)).id)
    await first
    expect(order).toEqual(['laneClose', 'cancel', 'run'])
    arrival.page.socket.terminate()
  })

  it('gets no more of it once its caller has gone: the lane is free, and the next request whole', async () => {
    const arrival = await bare.arrive('cancelled')
    const lane = await bare.openLane(arrival)
    const { traffic } = arrival.live.link
    const controller = new AbortController()
    const before = traffic.bytesOut
    const given = ask(lane, large, 60_000, controller.signal)
    controller.abort()
    await expect(given).rejects.toMatchObject({ _tag: 'RequestCancelled' })
    expect(lane.inFlight).toBe(0)
    const next = ask(lane, tensor(Uint8Array.of(9)))
    const { id, tensors } = await arrival.page.hears('run')
    expect(tensors[0]?.data).toEqual(Uint8Array.of(9))
    answer(arrival, id)
    await next
    expect(traffic.bytesOut - before).toBeLessThan(windowBytes + 2 * chunkBytes)
    expect(arrival.page.heard.some(({ t }) => t === 'cancel')).toBe(false)
    arrival.page.socket.terminate()
  })

  it('is told what is left of a deadline when the request leaves, not when it was made', async () => {
    const arrival = await bare.arrive('late')
    const lane = await bare.openLane(arrival)
    arrival.page.socket.pause()
    const first = ask(lane, large)
    const second = ask(lane, tensor(Uint8Array.of(1)), 50_000)
    const since = performance.now()
    await until(() => performance.now() - since > 120)
    arrival.page.socket.resume()
    const [one, two] = [await arrival.page.hears('run'), await arrival.page.hears('run', 2)]
    expect(one.deadlineMs).toBe(60_000)
    expect(two.deadlineMs).toBeLessThan(50_000 - 100)
    for (const { id } of [one, two]) answer(arrival, id)
    await Promise.all([first, second])
    arrival.page.socket.terminate()
  })
})

describe('A page that floods', () => {
  const chunk = (number: number, total: number) =>
    Buffer.concat([chunkHead(number, total), Buffer.alloc(chunkBytes)])
  const limit = 512 * mib

  it.each([
    ['with a frame beyond the limit', 1009, 'FrameTooLarge', [chunk(1, limit + 1)]],
    [
      'with more half-sent frames than there is room for',
      1008,
      'FrameFlood',
      [chunk(1, limit), chunk(2, mib)],
    ],
    [
      'with a chunk of a frame that it changes on the way',
      1002,
      'FlowInvalid',
      [chunk(1, mib), chunk(1, 2 * mib)],
    ],
    ['with one message larger than any chunk', 1009, 'FrameTooLarge', [Buffer.alloc(chunkBytes + 17)]],
  ])('%s is shut out with %i, and counted', async (what, code, why, messages) => {
    const counted = bare.host.refusals.get(why as 'FrameFlood') ?? 0
    const other = await bare.arrive(`bystander ${what}`)
    const { page, live } = await bare.arrive(what)
    const before = held()
    for (const message of messages) page.socket.send(message)
    expect(await page.closed).toBe(code)
    await live.lost
    await until(() => held() - before < 64)
    await until(() => bare.host.refusals.get(why as 'FrameFlood') === counted + 1)
    expect(other.page.socket.readyState).toBe(other.page.socket.OPEN)
    other.page.socket.terminate()
  })

  it('with half of 30 large answers loses them with its socket: nothing of them is kept', async () => {
    const before = held()
    for (let nth = 0; nth < 30; nth++) {
      const { page, live, revoke } = await bare.arrive(`half ${nth}`)
      for (let half = 16; half > 0; half--) page.socket.send(chunk(1, 32 * chunkBytes))
      const { traffic } = live.link
      await until(() => traffic.bytesIn > 16 * chunkBytes)
      page.socket.terminate()
      await live.lost
      revoke()
    }
    // Of each it had made room for 8 MiB. A socket that has ended is let go of a moment later.
    await until(() => held() - before < 64)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Queued, RequestQueue } from '../../src/admission/RequestQueue.ts'

const request = (id: number, priority = 0, model = 'm', acceptedAt = id): Queued => ({
  id,
  model,
  priority,
  acceptedAt,
})

/** Takes heads until nothing is left. */
function drain(queue: RequestQueue<Queued>, serviceMs = 1): number[] {
  const ids: number[] = []
  for (let [head] = queue.heads(); head; [head] = queue.heads()) {
    ids.push(head.id)
    queue.take(head, serviceMs)
  }
  return ids
}

function queueOf(requests: readonly Queued[]): RequestQueue<Queued> {
  const queue = new RequestQueue<Queued>()
  for (const waiting of requests) queue.add(waiting)
  return queue
}

describe('RequestQueue', () => {
  it('gives the older first, and a higher priority before that', () => {
    expect(drain(queueOf([request(1), request(2, 1), request(3), request(4, 1)]))).toEqual([2, 4, 1, 3])
  })

  it('lets a priority age: a step of it is worth ten seconds of waiting, no more', () => {
    const urgent = (acceptedAt: number) => request(2, 1, 'm', acceptedAt)
    expect(drain(queueOf([request(1, 0, 'm', 0), urgent(9999)]))).toEqual([2, 1])
    expect(drain(queueOf([request(1, 0, 'm', 0), urgent(10_001)]))).toEqual([1, 2])
  })

  it('gives one that comes back its old place: behind higher priorities and older ones, before the younger', () => {
    expect(drain(queueOf([request(1), request(3, 1), request(4), request(5), request(2)]))).toEqual([
      3, 1, 2, 4, 5,
    ])
  })

  it('has one head for each model that has anything waiting', () => {
    const queue = queueOf([request(1, 0, 'a'), request(2, 0, 'b'), request(3, 0, 'a')])
    expect(queue.heads().map(({ id }) => id)).toEqual([1, 2])
  })

  it('shares between models by what they cost, whatever one of them has piled up', () => {
    const pile = Array.from({ length: 100 }, (_, at) => request(at, 0, 'piled'))
    const queue = queueOf([...pile, request(1000, 0, 'light'), request(1001, 0, 'light')])
    expect(drain(queue).slice(0, 4)).toEqual([0, 1000, 1, 1001])
  })

  it('gives a model whose requests cost three times as much a third of the turns', () => {
    const requests = Array.from({ length: 200 }, (_, at) => request(at, 0, at % 2 ? 'dear' : 'cheap'))
    const queue = queueOf(requests)
    let dear = 0
    for (let turn = 0; turn < 80; turn++) {
      const [head] = queue.heads()
      if (!head) break
      if (head.model === 'dear') dear++
      queue.take(head, head.model === 'dear' ? 3 : 1)
    }
    expect(dear).toBe(20)
  })

  it('gives twice the share for each step of priority against another model', () => {
    const requests = Array.from({ length: 200 }, (_, at) => request(at, at % 2, at % 2 ? 'urgent' : 'usual'))
    const first = drain(queueOf(requests)).slice(0, 60)
    expect(first.filter(id => id % 2)).toHaveLength(40)
  })

  it('lets a model that no lane could take catch up by a second of service, not by all it missed', () => {
    const queue = queueOf(Array.from({ length: 50 }, (_, at) => request(at, 0, 'blocked')))
    for (let id = 100; id < 150; id++) {
      const served = request(id, 0, 'served')
      queue.add(served)
      queue.take(served, 200)
    }
    queue.add(request(1000, 0, 'served'))
    expect(drain(queue, 200).indexOf(1000)).toBe(7)
  })

  it('lets no model whose requests come one at a time lock out another, whatever each of them costs', () => {
    const cost = fc.integer({ min: 1, max: 200 })
    fc.assert(
      fc.property(cost, cost, (one, piled) => {
        const pile = Array.from({ length: 20 }, (_, at) => request(at, 0, 'piled'))
        const queue = queueOf(pile)
        const served = { one: 0, piled: 0 }
        for (let id = 1000; served.piled < 10 * Math.max(one, piled); id++) {
          // There is never more than this one of it, and always this one.
          if (queue.of('one').length === 0) queue.add(request(id, 0, 'one'))
          const [head] = queue.heads()
          if (head === undefined || queue.of('piled').length === 0) break
          const ms = head.model === 'one' ? one : piled
          served[head.model === 'one' ? 'one' : 'piled'] += ms
          queue.take(head, ms)
          expect(Math.abs(served.one - served.piled)).toBeLessThanOrEqual(one + piled)
        }
        expect(served.piled).toBeGreaterThan(0)
      }),
    )
  })

  it('keeps the order by rank, whatever is added and removed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.boolean()), { maxLength: 60 }), steps => {
        const queue = new RequestQueue<Queued>()
        const waiting: Queued[] = []
        for (const [id, [priority, removes]] of steps.entries()) {
          const next = request(id, priority, 'm', id * 4000)
          queue.add(next)
          waiting.push(next)
          if (removes) {
            const [gone] = waiting.splice(id % waiting.length, 1)
            if (gone) queue.remove(gone)
          }
        }
        expect(queue.size).toBe(waiting.length)
        const rank = ({ acceptedAt, priority }: Queued) => acceptedAt - priority * 10_000
        const expected = waiting.sort((a, b) => rank(a) - rank(b) || a.id - b.id).map(({ id }) => id)
        expect(drain(queue)).toEqual(expected)
      }),
    )
  })
})

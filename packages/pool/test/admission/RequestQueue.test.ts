import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Queued, RequestQueue } from '../../src/admission/RequestQueue.ts'

const request = (id: number, priority = 0, model = 'm'): Queued => ({ id, model, priority, acceptedAt: id })

/** Takes heads until nothing is left. */
function drain(queue: RequestQueue<Queued>): number[] {
  const ids: number[] = []
  for (let [head] = queue.heads(); head; [head] = queue.heads()) {
    ids.push(head.id)
    queue.remove(head)
  }
  return ids
}

describe('RequestQueue', () => {
  it('gives the older first, and a higher priority before that', () => {
    const queue = new RequestQueue<Queued>()
    for (const waiting of [request(1), request(2, 1), request(3), request(4, 1)]) queue.append(waiting)
    expect(drain(queue)).toEqual([2, 4, 1, 3])
  })

  it('gives one that comes back its old place: behind higher priorities and older ones, before the younger', () => {
    const queue = new RequestQueue<Queued>()
    for (const waiting of [request(1), request(3, 1), request(4), request(5)]) queue.append(waiting)
    queue.putBack(request(2))
    expect(drain(queue)).toEqual([3, 1, 2, 4, 5])
  })

  it('has one head for each model that has anything waiting', () => {
    const queue = new RequestQueue<Queued>()
    for (const waiting of [request(1, 0, 'a'), request(2, 0, 'b'), request(3, 0, 'a')]) queue.append(waiting)
    expect(queue.heads().map(({ id }) => id)).toEqual([1, 2])
  })

  it('keeps the order by priority, then age, whatever is appended and removed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.boolean()), { maxLength: 60 }), steps => {
        const queue = new RequestQueue<Queued>()
        const waiting: Queued[] = []
        for (const [id, [priority, removes]] of steps.entries()) {
          const next = request(id, priority)
          queue.append(next)
          waiting.push(next)
          if (removes) {
            const [gone] = waiting.splice(id % waiting.length, 1)
            if (gone) queue.remove(gone)
          }
        }
        expect(queue.size).toBe(waiting.length)
        const expected = waiting.sort((a, b) => b.priority - a.priority || a.id - b.id).map(({ id }) => id)
        expect(drain(queue)).toEqual(expected)
      }),
    )
  })
})

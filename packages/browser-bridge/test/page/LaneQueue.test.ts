import { describe, expect, it } from 'vitest'
import { LaneQueue } from '../../src/page/LaneQueue.ts'

type Step = `run ${number}` | `load ${number}` | `end ${number}` | `begin ${number}`

const atWork = (...steps: Step[]) => {
  const queue = new LaneQueue()
  for (const step of steps) {
    const [what, number] = step.split(' ')
    const id = Number(number)
    if (what === 'end') queue.end(id)
    else if (what === 'begin') queue.begin(id)
    else queue.pass({ id, kind: what === 'run' ? 'run' : 'load', model: 'm' })
  }
  return queue.atWork?.id
}

describe('the run at work, as the link worker knows it', () => {
  it.each<[string, Step[], number | undefined]>([
    ['none where none was passed', [], undefined],
    ['the one that was passed to an idle lane', ['run 1'], 1],
    ['not the one behind it', ['run 1', 'run 2'], 1],
    ['the one behind it once it has ended', ['run 1', 'run 2', 'end 1'], 2],
    ['still the first where what waited was cancelled', ['run 1', 'run 2', 'end 2'], 1],
    ['none when all have ended', ['run 1', 'end 1'], undefined],
    ['unknown behind a load', ['load 1', 'run 2'], undefined],
    ['the one that was passed before a load', ['run 1', 'load 2'], 1],
    ['the one behind a load that has ended', ['load 1', 'run 2', 'end 1'], 2],
    ['the one that the lane says it runs while it loads', ['load 1', 'run 2', 'begin 2'], 2],
    ['that one also once the load has ended', ['load 1', 'run 2', 'begin 2', 'end 1'], 2],
    ['unknown again when that one has ended', ['load 1', 'run 2', 'run 3', 'begin 2', 'end 2'], undefined],
    ['not changed by a begin of what has ended', ['run 1', 'run 2', 'end 1', 'begin 1'], 2],
  ])('%s: %j', (_, steps, id) => {
    expect(atWork(...steps)).toBe(id)
  })
})

it('what keeps a lane may be a load: the longest unanswered', () => {
  const queue = new LaneQueue()
  expect(queue.first).toBeUndefined()
  queue.pass({ id: 1, kind: 'load', model: 'm' })
  queue.pass({ id: 2, kind: 'run', model: 'm' })
  expect([queue.first?.id, queue.atWork]).toEqual([1, undefined])
})

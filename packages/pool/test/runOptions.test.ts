import { describe, expect, it } from 'vitest'
import { InvalidOption } from '../src/errors.ts'
import { type ModelSpec, resolveSpec } from '../src/ModelSpec.ts'
import { optionFault, type RunModelOptions } from '../src/runOptions.ts'

const specOf = (spec: Omit<ModelSpec, 'name'>) => {
  const resolved = resolveSpec({ name: 'm', ...spec })
  if (resolved instanceof Error) throw resolved
  return resolved
}
const graph = specOf({ type: 'graph' })
const task = specOf({ type: 'text_embedding' })

describe('optionFault', () => {
  it('takes what a graph, and what a task, can use', () => {
    expect(optionFault(graph, { deadlineMs: 10, priority: -1, outputs: ['y'] })).toBeUndefined()
    expect(optionFault(task, { options: { pooling: 'cls' }, returnInputs: true })).toBeUndefined()
  })

  const wrong: readonly [string, typeof graph, unknown][] = [
    ['an endless deadline', graph, { deadlineMs: Number.POSITIVE_INFINITY }],
    ['a deadline of no number', graph, { deadlineMs: Number.NaN }],
    ['a deadline that has passed', graph, { deadlineMs: 0 }],
    ['a priority of no number', graph, { priority: 'high' }],
    ['outputs that are no list', graph, { outputs: 'y' }],
    ['an output that is named twice', graph, { outputs: ['y', 'z', 'y'] }],
    ['task options for a graph', graph, { options: {} }],
    ['the lane’s own inputs of a graph', graph, { returnInputs: true }],
    ['outputs of a task', task, { outputs: ['y'] }],
    ['task options that are no object', task, { options: 'cls' }],
  ]
  it.each(wrong)('refuses %s, naming the option', (_, spec, options) => {
    const fault = optionFault(spec, options as RunModelOptions)
    expect(fault).toBeInstanceOf(InvalidOption)
    expect(Object.keys(options as object)).toContain(fault?.option)
  })
})

// Whether tensors are what a graph takes, by its own metadata, before they reach the engine. Pure.

import type { NamedTensor } from '@shoal/tensor'
import { printable } from '../../protocol/frameError.ts'
import type { ValueMetadata } from '../../protocol/messages.ts'
import { LaneError } from '../../protocol/wireErrors.ts'

const shape = (dims: readonly (number | string)[]) => `[${dims.join(', ')}]`
const describe = ({ name, dtype, dims }: ValueMetadata) => `'${name}' ${dtype} ${shape(dims)}`

/** ONNX Runtime gives no dims both for a scalar and for a shape that the graph leaves open: both fit. */
const fits = (wanted: readonly (number | string)[], got: readonly number[]) =>
  wanted.length === 0 ||
  (wanted.length === got.length && wanted.every((dim, axis) => typeof dim === 'string' || dim === got[axis]))

/** The error that says what was expected and what came, or undefined where all is well. */
export function inputFault(
  model: string,
  wanted: readonly ValueMetadata[],
  given: readonly NamedTensor[],
): LaneError | undefined {
  const wrong = (detail: string) => new LaneError('WrongInput', `${model}: ${detail}`)
  const takes = `it takes ${wanted.map(describe).join('; ')}`
  const byName = new Map(given.map(tensor => [tensor.name, tensor]))
  if (byName.size !== given.length) return wrong('two inputs have the same name')
  for (const value of wanted) {
    const tensor = byName.get(value.name)
    if (tensor === undefined) return wrong(`input '${value.name}' is missing; ${takes}`)
    if (value.dtype !== 'unknown' && tensor.dtype !== value.dtype) {
      return wrong(`input '${value.name}' expects ${value.dtype}, got ${tensor.dtype}`)
    }
    if (!fits(value.dims, tensor.dims)) {
      return wrong(`input '${value.name}' expects ${shape(value.dims)}, got ${shape(tensor.dims)}`)
    }
    byName.delete(value.name)
  }
  const [extra] = byName.keys()
  return extra === undefined ? undefined : wrong(`there is no input '${extra}'; ${takes}`)
}

/** By the graph's own name for it, or by that as a host shows it: without what a terminal would obey. */
const named = (known: readonly ValueMetadata[], asked: string): ValueMetadata | undefined =>
  known.find(({ name }) => name === asked) ?? known.find(({ name }) => printable(name) === asked)

/** What the graph itself calls the outputs that are asked for, each once. */
export function outputNames(known: readonly ValueMetadata[], asked: readonly string[]): string[] {
  return [...new Set(asked.map(name => named(known, name)?.name ?? name))]
}

/**
 * Why a graph's outputs cannot be told apart: a host shows two of their names alike, and takes an answer with both for one
 * that gives an output twice.
 */
export function shownTwice(model: string, known: readonly ValueMetadata[]): LaneError | undefined {
  const shown = known.map(({ name }) => printable(name))
  const twice = shown.find((name, at) => shown.indexOf(name) !== at)
  if (twice === undefined) return undefined
  return new LaneError(
    'ModelInvalid',
    `${model}: two of the graph's outputs are shown as '${twice}'; give each a name of its own without control characters`,
  )
}

/** The same for the names of outputs asked for. */
export function outputFault(
  model: string,
  known: readonly ValueMetadata[],
  asked: readonly string[],
): LaneError | undefined {
  const unknown = asked.find(name => named(known, name) === undefined)
  if (unknown === undefined) return undefined
  const names = known.map(value => `'${value.name}'`).join(', ')
  return new LaneError('WrongInput', `${model}: there is no output '${unknown}'; it gives ${names}`)
}

// Whether a result, or a part of one, is what was agreed on: the outputs that were asked for, of the types and shapes
// that the model said it has. Pure. Not whether its numbers are right: only running it again elsewhere tells that.
import { printable } from '../../protocol/frameError.ts'
import type { Part, Result, Run, ValueMetadata } from '../../protocol/messages.ts'

export interface Asked {
  readonly input: Run['input']
  readonly outputs: readonly string[] | undefined
  readonly returnInputs: boolean | undefined
}

/** What of this asks for an output that it has asked for already, by a name that is shown alike; a page answers each once. */
export const askedTwice = (outputs: readonly string[]): string | undefined => {
  const shown = outputs.map(printable)
  return shown.find((name, at) => shown.indexOf(name) !== at)
}

/** What is beyond the agreement, or undefined. `known` is what the model answered when it was loaded. */
export const beyondAgreed = (
  { input, outputs, returnInputs }: Asked,
  known: readonly ValueMetadata[] | undefined,
  result: Result,
): string | undefined => {
  if (result.inputs > result.tensors.length) return `it names ${result.inputs} inputs and sends fewer tensors`
  if (returnInputs !== true && result.inputs > 0) return 'it gives inputs back that were not asked for'
  const answered = result.tensors.slice(result.inputs)
  // What came is named as it may be shown; what was asked for may be the graph's own name.
  const asked = outputs && new Set(outputs.map(printable))
  const seen = new Set<string>()
  for (const { name, dtype, dims } of answered) {
    if (asked !== undefined && !asked.has(name)) return `output '${name}' was not asked for`
    if (seen.has(name)) return `output '${name}' comes twice`
    seen.add(name)
    // A task names its tensors itself; a graph's are the graph's outputs.
    if (known === undefined || input.kind === 'task') continue
    const value = known.find(one => one.name === name)
    if (value === undefined) return `the model has no output '${name}'`
    if (value.dtype !== 'unknown' && value.dtype !== dtype)
      return `output '${name}' is ${dtype}, not ${value.dtype}`
    const fits =
      value.dims.length === dims.length &&
      value.dims.every((dim, at) => typeof dim === 'string' || dim < 0 || dim === dims[at])
    if (!fits) return `output '${name}' is [${dims.join(', ')}], not [${value.dims.join(', ')}]`
  }
  if (input.kind === 'task') return undefined
  const due = asked ?? known?.map(({ name }) => name) ?? []
  for (const name of due) if (!seen.has(name)) return `output '${name}' is missing`
  return undefined
}

/** A token and its text are a hundred; with as many parts as may wait, the host holds a mebibyte for one answer. */
const mostOfPart = 16 * 1024

/** The same of a part of a streamed answer: it adds text, which is small, and no tensors, which nobody could bound. */
export const partBeyondAgreed = ({ seq, json, tensors }: Part): string | undefined => {
  if (tensors.length > 0) return `part ${seq} has tensors`
  const { length } = JSON.stringify(json) ?? ''
  return length > mostOfPart ? `part ${seq} is ${length} characters, the limit is ${mostOfPart}` : undefined
}

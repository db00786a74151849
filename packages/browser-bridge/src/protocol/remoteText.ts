// What a page says for people, made fit for a terminal and a log where it comes in: no control character, so that
// nothing in it moves a cursor, colours a line or turns its order. Not a check: a failure's text may quote anything (a
// file's name, an operator), and the failure counts whatever it quotes. So may a name: a graph's are its maker's, and a
// name is freed alike wherever it is said.

import type { NamedTensor } from '@shoal/tensor'
import { printable } from './frameError.ts'
import type { Capabilities, PageMessage, ValueMetadata } from './messages.ts'
import type { WireCause, WireError } from './wireErrors.ts'

/** Line ends and tabs stay: a stack has them, and so has what an engine says. */
const printableLines = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map(line => line.split('\t').map(printable).join('\t'))
    .join('\n')

/** The message with all such text, and every name, freed; itself where it has none. Data is as it was sent. */
export function withPrintableText(message: PageMessage): PageMessage {
  switch (message.t) {
    case 'failed':
    case 'laneFailed':
      return { ...message, error: freedError(message.error) }
    case 'hello':
      return { ...message, capabilities: freedCapabilities(message.capabilities) }
    case 'loaded': {
      const { files, inputs, outputs } = message
      const note = files?.note === undefined ? {} : { note: printableLines(files.note) }
      return {
        ...message,
        inputs: inputs.map(freedValue),
        outputs: outputs.map(freedValue),
        ...(files === undefined ? {} : { files: { ...files, ...note } }),
      }
    }
    case 'part':
      return { ...message, tensors: message.tensors.map(freedTensor) }
    case 'result': {
      const { made, tensors } = message
      return {
        ...message,
        tensors: tensors.map(freedTensor),
        ...(made === undefined ? {} : { made: { ...made, worker: printable(made.worker) } }),
      }
    }
    case 'progress':
      return { ...message, file: printable(message.file) }
    default:
      return message
  }
}

const freedValue = ({ name, dtype, dims }: ValueMetadata): ValueMetadata => ({
  name: printable(name),
  dtype,
  dims: dims.map(dim => (typeof dim === 'string' ? printable(dim) : dim)),
})

/** Itself where its name is in order, as nearly every name is: answers are many. */
function freedTensor(tensor: NamedTensor): NamedTensor {
  const name = printable(tensor.name)
  return name === tensor.name ? tensor : { ...tensor, name }
}

function freedCapabilities(capabilities: Capabilities): Capabilities {
  const { webgpu, reasons } = capabilities
  return {
    ...capabilities,
    reasons: freedKeys(reasons, printableLines),
    ...(webgpu === undefined
      ? {}
      : {
          webgpu: {
            ...webgpu,
            features: webgpu.features.map(printable),
            limits: freedKeys(webgpu.limits, limit => limit),
          },
        }),
  }
}

const freedKeys = <A>(all: Readonly<Record<string, A>>, free: (one: A) => A): Record<string, A> =>
  Object.fromEntries(Object.entries(all).map(([key, one]) => [printable(key), free(one)]))

function freedError({ code, message, stack, causes }: WireError): WireError {
  return {
    code,
    message: printableLines(message),
    ...(stack === undefined ? {} : { stack: printableLines(stack) }),
    ...(causes === undefined ? {} : { causes: causes.map(freedCause) }),
  }
}

const freedCause = ({ name, message, stack }: WireCause): WireCause => ({
  name: printable(name),
  message: printableLines(message),
  ...(stack === undefined ? {} : { stack: printableLines(stack) }),
})

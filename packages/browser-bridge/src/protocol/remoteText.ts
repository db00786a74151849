// What a page says for people, made fit for a terminal and a log where it comes in: no control character, so that
// nothing in it moves a cursor, colours a line or turns its order. Not a check: a failure's text may quote anything (a
// file's name, an operator), and the failure counts whatever it quotes.

import { printable } from './frameError.ts'
import type { PageMessage } from './messages.ts'
import type { WireCause, WireError } from './wireErrors.ts'

/** Line ends and tabs stay: a stack has them, and so has what an engine says. */
const printableLines = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map(line => line.split('\t').map(printable).join('\t'))
    .join('\n')

/** The message with all such text freed; itself where it has none. */
export function withPrintableText(message: PageMessage): PageMessage {
  switch (message.t) {
    case 'failed':
    case 'laneFailed':
      return { ...message, error: freedError(message.error) }
    case 'hello': {
      const reasons = Object.entries(message.capabilities.reasons).map(
        ([backend, reason]) => [backend, printableLines(reason)] as const,
      )
      return { ...message, capabilities: { ...message.capabilities, reasons: Object.fromEntries(reasons) } }
    }
    case 'loaded': {
      const { files } = message
      if (files?.note === undefined) return message
      return { ...message, files: { ...files, note: printableLines(files.note) } }
    }
    case 'progress':
      return { ...message, file: printable(message.file) }
    default:
      return message
  }
}

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

// A QR code for the terminal, two rows of squares to a line of text.

import { renderUnicodeCompact } from 'uqr'

/** Before each line, so that it does not stick to the edge. */
const indent = '  '

/**
 * Its light squares are drawn, white on black whatever the terminal's own colours are: a reader wants dark on light.
 * @param columns of the terminal; undefined where its lines would not fit, since no reader knows a code that is broken up
 */
export function qrText(text: string, columns: number): string | undefined {
  const lines = renderUnicodeCompact(text, { ecc: 'L', border: 2 }).split('\n')
  if (lines.some(line => indent.length + line.length > columns)) return undefined
  return lines.map(line => `${indent}\u001b[97;40m${line}\u001b[0m`).join('\n')
}

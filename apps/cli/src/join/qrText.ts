// A QR code for the terminal, two rows of squares to a line of text.

import { renderUnicodeCompact } from 'uqr'

/** Its light squares are drawn, white on black whatever the terminal's own colours are: a reader wants dark on light. */
export function qrText(text: string): string {
  return renderUnicodeCompact(text, { ecc: 'L', border: 2 })
    .split('\n')
    .map(line => `  \u001b[97;40m${line}\u001b[0m`)
    .join('\n')
}

// The Range header (RFC 9110, section 14): one range of bytes of something whose length is known, or nothing.

export interface ByteRange {
  readonly start: number
  /** Inclusive. */
  readonly end: number
}

/**
 * What a Range header asks of `total` bytes: `all` where there is none, or one that a server may ignore (another
 * unit, several ranges, malformed); `none` where it lies outside.
 */
export const parseRange = (header: string | undefined, total: number): ByteRange | 'all' | 'none' => {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  const [, first = '', last = ''] = found ?? []
  if (found === null || (first === '' && last === '')) return 'all'
  if (first === '') {
    const length = Math.min(Number(last), total)
    return length === 0 ? 'none' : { start: total - length, end: total - 1 }
  }
  const start = Number(first)
  const end = last === '' ? total - 1 : Math.min(Number(last), total - 1)
  // A last byte before the first makes the header malformed, not unsatisfiable.
  if (last !== '' && Number(last) < start) return 'all'
  return start >= total ? 'none' : { start, end }
}

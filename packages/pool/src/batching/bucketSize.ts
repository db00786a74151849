// Which widths go together: those that round up to the same power of two, so that less than half of a padded row is
// padding, and a back-end that compiles for each shape sees few of them.

const narrowest = 8

/** The smallest power of two, from 8, that holds the width. */
export function bucketSize(width: number): number {
  let size = narrowest
  while (size < width) size *= 2
  return size
}

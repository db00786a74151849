// In which order policies run in each block: so that each comes at each place once, and right after each other one once.
// Pure.

/**
 * A Latin square balanced for what came just before (Williams 1949), of as many blocks as policies.
 * @param count even
 */
export function balancedOrders(count: number): readonly (readonly number[])[] {
  // 0, 1, n − 1, 2, n − 2, …: each difference of neighbours is there once.
  const first = Array.from({ length: count }, (_, at) =>
    at % 2 === 1 ? (at + 1) / 2 : (count - at / 2) % count,
  )
  return first.map((_, block) => first.map(one => (one + block) % count))
}

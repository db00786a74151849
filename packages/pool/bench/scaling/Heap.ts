// A heap of numbers with a value each, smallest first.

export class Heap<A> {
  readonly #items: { readonly key: number; readonly value: A }[] = []

  get size(): number {
    return this.#items.length
  }

  get least(): number | undefined {
    return this.#items[0]?.key
  }

  push(key: number, value: A): void {
    const items = this.#items
    const item = { key, value }
    let at = items.length
    items.push(item)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = items[parent]
      if (!above || above.key <= key) break
      items[at] = above
      at = parent
    }
    items[at] = item
  }

  pop(): A | undefined {
    const items = this.#items
    const top = items[0]
    const last = items.pop()
    if (top === undefined || last === undefined || items.length === 0) return top?.value
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      const [l, r] = [items[left], items[right]]
      if (!l) break
      const [child, item] = r && r.key < l.key ? [right, r] : [left, l]
      if (item.key >= last.key) break
      items[at] = item
      at = child
    }
    items[at] = last
    return top.value
  }
}

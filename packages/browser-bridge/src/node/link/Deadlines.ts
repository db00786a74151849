// Many deadlines on one timer. Not precise: a deadline passes at most one grain late, never early.

const grainMs = 10

export interface Deadline {
  cancel(): void
}

export class Deadlines {
  /** Slot number (time in grains, rounded up) to what happens then. Only what is still awaited is in here. */
  readonly #slots = new Map<number, Set<() => void>>()
  #timer: NodeJS.Timeout | undefined
  #armedFor = Number.POSITIVE_INFINITY

  get size(): number {
    let size = 0
    for (const slot of this.#slots.values()) size += slot.size
    return size
  }

  after(ms: number, passed: () => void): Deadline {
    const slotNumber = Math.ceil((performance.now() + Math.max(0, ms)) / grainMs)
    // A function of its own, so that the same callback may wait twice.
    const entry = (): void => passed()
    const slot = this.#slots.get(slotNumber) ?? new Set()
    slot.add(entry)
    this.#slots.set(slotNumber, slot)
    if (slotNumber < this.#armedFor) this.#arm(slotNumber)
    return {
      cancel: () => {
        if (slot.delete(entry) && slot.size === 0) this.#slots.delete(slotNumber)
        if (this.#slots.size === 0) this.clear()
      },
    }
  }

  /** Forgets all of them. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#slots.clear()
    this.#armedFor = Number.POSITIVE_INFINITY
  }

  #arm(slotNumber: number): void {
    clearTimeout(this.#timer)
    this.#armedFor = slotNumber
    // A timer takes 31 bits; a longer wait is armed again when it fires.
    const ms = Math.min(Math.max(0, slotNumber * grainMs - performance.now()), 2 ** 31 - 1)
    this.#timer = setTimeout(() => this.#fire(), Math.ceil(ms))
  }

  #fire(): void {
    this.#armedFor = Number.POSITIVE_INFINITY
    const now = performance.now() / grainMs
    const due = [...this.#slots.keys()].filter(slotNumber => slotNumber <= now).sort((a, b) => a - b)
    for (const slotNumber of due) {
      const slot = this.#slots.get(slotNumber)
      this.#slots.delete(slotNumber)
      for (const passed of slot ?? []) passed()
    }
    if (this.#slots.size > 0) {
      const next = Math.min(...this.#slots.keys())
      if (next < this.#armedFor) this.#arm(next)
    }
  }
}

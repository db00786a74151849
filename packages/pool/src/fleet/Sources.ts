// Where the pool's browsers can be had from, by name: which of them is tried next, which have failed too often, and what is
// said when none is left. It starts nothing.

import type { BrowserKind } from '@shoal/browser-bridge'
import { NoBrowser } from '../errors.ts'
import { type NamedSource, named, type PoolSource } from './browserSources.ts'

/** Times a source may end for good without ever having served before it is not tried again. */
const chances = 2

export class Sources {
  readonly #sources: readonly NamedSource[]
  readonly #failures = new Map<string, unknown[]>()
  readonly #numbers = new Map<string, number>()
  /** Those of which a browser had to be replaced: the others come first. */
  readonly #unwell = new Set<string>()

  constructor(found: readonly PoolSource[]) {
    this.#sources = found.map(named)
  }

  named(name: string): NamedSource | undefined {
    return this.#sources.find(source => source.name === name)
  }

  /** A name for one more browser of it. */
  nextId(name: string): string {
    const number = (this.#numbers.get(name) ?? 0) + 1
    this.#numbers.set(name, number)
    return `${name}-${number}`
  }

  /**
   * Names of those from which another browser can be had, best first.
   * @param order kinds in the order in which to start them
   * @param taken names of those of which one runs
   */
  usable(order: readonly BrowserKind[], taken: ReadonlySet<string>): string[] {
    const preference = ({ kind }: NamedSource) => (order.includes(kind) ? order.indexOf(kind) : order.length)
    const rank = (source: NamedSource) =>
      preference(source) + (this.#unwell.has(source.name) ? order.length + 1 : 0)
    return this.#sources
      .filter(
        ({ name, isOne }) => (this.#failures.get(name)?.length ?? 0) < chances && !(isOne && taken.has(name)),
      )
      .toSorted((a, b) => rank(a) - rank(b))
      .map(({ name }) => name)
  }

  /** A browser of it has a page that works: what failed before counts no more. */
  served(name: string): void {
    this.#failures.delete(name)
  }

  /** A browser of it was given up. */
  failed(name: string, cause: unknown): void {
    this.#failures.set(name, [...(this.#failures.get(name) ?? []), cause])
  }

  unwell(name: string): void {
    this.#unwell.add(name)
  }

  noBrowser(): NoBrowser {
    const causes = [...this.#failures.values()].flat()
    const reasons = [
      ...new Set(causes.map(cause => (cause instanceof Error ? cause.message : String(cause)))),
    ]
    return new NoBrowser({
      causes,
      message:
        reasons.length > 0
          ? `No browser could be started: ${reasons.join(' ')}`
          : 'No browser was found: install Chrome, Edge, Chromium or Firefox, or name one with SHOAL_CHROMIUM, SHOAL_CHROME, SHOAL_EDGE or SHOAL_FIREFOX.',
    })
  }
}

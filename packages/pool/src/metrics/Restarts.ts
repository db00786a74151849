// How often the tree started a browser or a connection again, and why of late. Told of every event of the actors; counts
// and remembers.

import type { Inspection } from '@shoal/core'
import { partOf } from '../fleet/tree.ts'

export interface Restart {
  readonly what: 'browser' | 'connection'
  /** The browser's or the connection's id. */
  readonly id: string
  /** In words. */
  readonly why: string
  /** Milliseconds on the pool's clock. */
  readonly at: number
}

export interface RestartMetrics {
  readonly browsers: number
  readonly connections: number
  /** The latest, oldest first. */
  readonly recent: readonly Restart[]
}

const kept = 32

type Restarted = Extract<Inspection, { readonly _tag: 'ActorRestarted' }>
type Heard = Pick<Restarted, 'why'> & { readonly path: string }

export class Restarts {
  #browsers = 0
  #connections = 0
  #recent: readonly Restart[] = []

  readonly hear = (event: Heard, at: number): void => {
    const part = partOf(event.path)
    if (part === undefined) return
    const [, , browser = '', , connection = ''] = event.path.split('/')
    if (part === 'process') this.#browsers++
    else this.#connections++
    const restart: Restart =
      part === 'process'
        ? { what: 'browser', id: browser, why: inWords(event.why), at }
        : { what: 'connection', id: connection, why: inWords(event.why), at }
    this.#recent = [...this.#recent.slice(1 - kept), restart]
  }

  metrics(): RestartMetrics {
    return { browsers: this.#browsers, connections: this.#connections, recent: this.#recent }
  }
}

function inWords(why: Restarted['why']): string {
  if (why._tag !== 'Failure') return why._tag.toLowerCase()
  return why.error instanceof Error ? why.error.message : String(why.error)
}

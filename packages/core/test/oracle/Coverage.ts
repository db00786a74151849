// Which of the ways in which a worker can end the scripts have really brought about: strategy × restart type ×
// kind of exit × phase. It counts; it writes no scripts.

import type { RestartType } from '../../src/index.ts'
import type { End, Phase } from './CoreRun.ts'
import { eachNode, type How, type OracleStrategy, parentOf, type Script } from './Script.ts'

export interface Cell {
  readonly strategy: OracleStrategy
  readonly restart: RestartType
  readonly how: How
  readonly phase: Phase
}

const strategies: readonly OracleStrategy[] = ['one_for_one', 'one_for_all', 'rest_for_one', 'dynamic']
const restarts: readonly RestartType[] = ['permanent', 'transient', 'temporary']
const hows: readonly How[] = ['normal', 'shutdown', 'abnormal', 'killed']
const phases: readonly Phase[] = ['starting', 'running', 'stopping', 'restarting']

/** Nobody starts a temporary child of a dynamic supervisor again: neither that nor the supervisor above. */
const isPossible = ({ strategy, restart, phase }: Cell): boolean =>
  !(strategy === 'dynamic' && restart === 'temporary' && phase === 'restarting')

/** All that can be. */
export const cells: readonly [Cell, ...Cell[]] = strategies
  .flatMap(strategy =>
    restarts.flatMap(restart =>
      hows.flatMap(how => phases.map(phase => ({ strategy, restart, how, phase }))),
    ),
  )
  .filter(isPossible) as unknown as readonly [Cell, ...Cell[]]

const keyOf = ({ strategy, restart, how, phase }: Cell) => `${strategy} ${restart} ${how} ${phase}`

export class Coverage {
  readonly #counts = new Map<string, number>()

  add(script: Script, ends: readonly End[]): void {
    const homes = homesIn(script)
    for (const { path, how, phase } of ends) {
      const home = homes.get(path)
      if (home === undefined) continue
      const key = keyOf({ ...home, how, phase })
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    }
  }

  get empty(): readonly string[] {
    return cells.map(keyOf).filter(key => !this.#counts.has(key))
  }

  /** A table: a line for each strategy and restart type, a column for each phase, its four counts by kind of exit. */
  lines(): readonly string[] {
    const header = `${''.padEnd(24)}${phases.map(phase => phase.padEnd(24)).join('')}`
    const rows = strategies.flatMap(strategy =>
      restarts.map(restart => {
        const columns = phases.map(phase => {
          const counts = hows.map(how => {
            const cell = { strategy, restart, how, phase }
            return isPossible(cell) ? String(this.#counts.get(keyOf(cell)) ?? 0) : '·'
          })
          return counts.join('/').padEnd(24)
        })
        return `${`${strategy} ${restart}`.padEnd(24)}${columns.join('')}`
      }),
    )
    return ['ends of workers, normal/shutdown/abnormal/killed:', header, ...rows]
  }
}

/** For each worker that a script names: the strategy above it and its restart type. */
function homesIn(script: Script): ReadonlyMap<string, Pick<Cell, 'strategy' | 'restart'>> {
  const homes = new Map<string, Pick<Cell, 'strategy' | 'restart'>>()
  const strategiesAt = new Map<string, OracleStrategy>()
  eachNode(script, (path, node) => {
    if (node.kind === 'supervisor') strategiesAt.set(path, node.strategy)
    const strategy = strategiesAt.get(parentOf(path))
    if (node.kind === 'worker' && strategy !== undefined) homes.set(path, { strategy, restart: node.restart })
  })
  return homes
}

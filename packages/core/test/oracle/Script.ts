// A supervision script: a tree, and what is done to it step by step. Plain data that both sides read, Erlang/OTP
// and core; it runs nothing.

import type { AutoShutdown, RestartType, StrategyName } from '../../src/index.ts'

/** How a process ends. While starting, `normal` and `shutdown` end right after a good start, the others fail it. */
export type How = 'normal' | 'shutdown' | 'abnormal' | 'killed'

/** How a worker answers the stop of its supervisor. `stuck` never does, until its limit; `brutal` is not asked. */
export type Release = 'prompt' | 'normal' | 'abnormal' | 'stuck' | 'brutal'

/** `dynamic` is OTP's simple_one_for_one. */
export type OracleStrategy = StrategyName | 'dynamic'

export interface WorkerNode {
  readonly kind: 'worker'
  readonly id: string
  readonly restart: RestartType
  readonly significant: boolean
  readonly release: Release
}

export interface SupervisorNode {
  readonly kind: 'supervisor'
  readonly id: string
  readonly strategy: OracleStrategy
  readonly intensity: number
  /** Whole seconds, as OTP wants them. */
  readonly period: number
  readonly autoShutdown: AutoShutdown
  readonly restart: RestartType
  readonly significant: boolean
  readonly children: readonly TreeNode[]
  /** What all children of a dynamic supervisor are, but for their id. */
  readonly template?: WorkerNode
}

export type TreeNode = WorkerNode | SupervisorNode

/** What one asks of a supervisor. `child` is what to start; for a dynamic one its template with this id. */
export type Order =
  | { readonly op: 'terminate' | 'restart' | 'delete'; readonly id: string }
  | { readonly op: 'start'; readonly id: string; readonly child: TreeNode }

/**
 * How the next starts of a worker in this step end, one after the other; meanwhile its supervisor is sent `orders`. At
 * most one for a step: two supervisors that act at the same time would make the outcome chance.
 */
export interface Arm {
  readonly path: string
  readonly starts: readonly How[]
  readonly orders: readonly Order[]
}

export type Step =
  | { readonly do: 'die'; readonly path: string; readonly how: How; readonly arms: readonly Arm[] }
  /** Several children of one supervisor die before it hears of the first. */
  | { readonly do: 'together'; readonly paths: readonly string[]; readonly how: How }
  | { readonly do: 'order'; readonly path: string; readonly order: Order; readonly arms: readonly Arm[] }
  /** To the start of a later second: OTP counts restarts in whole ones. */
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'stop' }

export interface Script {
  readonly seed: number
  readonly index: number
  readonly tree: SupervisorNode
  /** For the first start of the tree. */
  readonly arms: readonly Arm[]
  readonly steps: readonly Step[]
}

export const waits = (script: Script): boolean => script.steps.some(step => step.do === 'wait')

export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))

/** Calls `visit` for every node that the script names: its tree, and what it starts at run time. */
export function eachNode(script: Script, visit: (path: string, node: TreeNode) => void): void {
  const walk = (prefix: string, node: TreeNode): void => {
    const path = `${prefix}${node.id}`
    visit(path, node)
    if (node.kind === 'supervisor') for (const child of node.children) walk(`${path}/`, child)
  }
  walk('', script.tree)
  for (const step of script.steps) {
    if (step.do === 'order' && step.order.op === 'start') walk(`${step.path}/`, step.order.child)
    for (const arm of step.do === 'order' || step.do === 'die' ? step.arms : []) {
      for (const order of arm.orders) if (order.op === 'start') walk(`${parentOf(arm.path)}/`, order.child)
    }
  }
}

/** Every path at which the script may have a supervisor. */
export function supervisorsIn(script: Script): ReadonlyMap<string, { readonly isDynamic: boolean }> {
  const found = new Map<string, { readonly isDynamic: boolean }>()
  eachNode(script, (path, node) => {
    if (node.kind === 'supervisor') found.set(path, { isDynamic: node.strategy === 'dynamic' })
  })
  return found
}

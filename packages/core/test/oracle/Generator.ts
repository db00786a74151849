// Writes random scripts. Each has a focus, one cell of the coverage (strategy × restart type × kind of exit ×
// phase), that its tree and its first steps bring about; the rest is chance. The same seed gives the same scripts.

import type { AutoShutdown, RestartType } from '../../src/index.ts'
import { type Cell, cells } from './Coverage.ts'
import { Random } from './Random.ts'
import type {
  Arm,
  How,
  OracleStrategy,
  Order,
  Release,
  Script,
  Step,
  SupervisorNode,
  TreeNode,
  WorkerNode,
} from './Script.ts'

const hows: readonly How[] = ['normal', 'shutdown', 'abnormal', 'killed']
const strategies: readonly OracleStrategy[] = ['one_for_one', 'one_for_all', 'rest_for_one', 'dynamic']
const restarts: readonly RestartType[] = ['permanent', 'permanent', 'transient', 'temporary']
const releases: readonly Release[] = ['prompt', 'prompt', 'prompt', 'normal', 'abnormal', 'stuck', 'brutal']
const autoShutdowns: readonly AutoShutdown[] = ['never', 'never', 'any_significant', 'all_significant']

/** How a worker can end by itself: what is slow to let go, or is stopped brutally, has no orderly end of its own. */
const ownEnds = (release: Release): readonly How[] =>
  release === 'stuck' || release === 'brutal' ? ['abnormal', 'killed'] : hows

interface Placed<N extends TreeNode> {
  readonly path: string
  readonly parent: SupervisorNode
  readonly parentPath: string
  readonly node: N
}

export function generateScripts(seed: number, count: number): readonly Script[] {
  return Array.from({ length: count }, (_, index) => new Generator(seed, index).script())
}

class Generator {
  readonly #seed: number
  readonly #index: number
  readonly #random: Random
  readonly #focus: Cell
  /** The first round through the cells is all about them. */
  readonly #isFree: boolean
  readonly #waits: boolean
  #ids = 0
  #workers: Placed<WorkerNode>[] = []
  #supervisors: { readonly path: string; readonly node: SupervisorNode }[] = []

  constructor(seed: number, index: number) {
    this.#seed = seed
    this.#index = index
    this.#random = new Random(seed, index)
    this.#isFree = index >= cells.length
    this.#waits = this.#isFree && this.#random.chance(0.4)
    const cell = cells[index % cells.length] ?? cells[0]
    this.#focus = this.#waits ? { ...cell, restart: 'permanent', phase: 'running' } : cell
  }

  script(): Script {
    const { tree, focus } = this.#tree()
    this.#place(tree)
    const steps = this.#waits ? this.#windowSteps(focus) : [...this.#focusSteps(focus), ...this.#freeSteps()]
    return {
      seed: this.#seed,
      index: this.#index,
      tree,
      arms: this.#firstArms(focus),
      steps: [...steps, { do: 'stop' }],
    }
  }

  #firstArms({ path, parent }: Placed<WorkerNode>): readonly Arm[] {
    const { phase, how } = this.#focus
    if (this.#isFree) {
      const prompt = this.#workers.filter(each => each.node.release === 'prompt')
      if (prompt.length === 0 || this.#random.chance(0.8)) return []
      return [{ path: this.#random.pick(prompt).path, starts: [this.#random.pick(hows)], orders: [] }]
    }
    // What fails at the first start of all fails the whole tree: only a good start can be what it is about.
    const first = phase === 'starting' && (how === 'normal' || how === 'shutdown')
    return first && parent.strategy !== 'dynamic' ? [{ path, starts: [how], orders: [] }] : []
  }

  // The tree

  #tree(): { tree: SupervisorNode; focus: Placed<WorkerNode> } {
    const random = this.#random
    const { strategy, restart, phase } = this.#focus
    const worker = this.#focusWorker()
    // A temporary child is started again only with its supervisor, when that is.
    const mustNest = phase === 'restarting' && restart === 'temporary'
    const doomed: WorkerNode = {
      ...this.#worker(),
      restart: 'permanent',
      significant: false,
      release: 'prompt',
    }
    const children = [
      ...this.#fewWorkers(0, 2),
      worker,
      ...(mustNest ? [doomed] : []),
      ...this.#fewWorkers(0, 2),
    ]
    const own = this.#supervisor(strategy, strategy === 'dynamic' ? [] : children, {
      ...(mustNest && { intensity: 0, restart: 'permanent' as const, autoShutdown: 'never' as const }),
      ...(!mustNest && random.chance(0.6) && { intensity: random.int(3, 30) }),
      ...(!mustNest && phase === 'restarting' && { intensity: random.int(3, 9) }),
      ...(this.#waits && { intensity: random.int(0, 2), autoShutdown: 'never' as const }),
    })
    const fitting = { ...worker, significant: own.autoShutdown !== 'never' && worker.significant }
    const home: SupervisorNode = strategy === 'dynamic' ? { ...own, template: fitting } : own
    if (!mustNest && random.chance(0.5)) {
      const tree = { ...home, restart: 'temporary' as const, significant: false }
      return { tree, focus: placed(tree.id, tree, fitting) }
    }
    const above = random.pick(strategies.slice(0, 3))
    const sibling = random.chance(0.3) ? [this.#deep(2)] : []
    const tree = this.#supervisor(
      above,
      [...this.#fewWorkers(0, 1), home, ...sibling, ...this.#fewWorkers(0, 2)],
      {
        ...(mustNest && { intensity: 30 }),
        restart: 'temporary',
        significant: false,
      },
    )
    return { tree, focus: placed(`${tree.id}/${home.id}`, home, fitting) }
  }

  #deep(levels: number): SupervisorNode {
    const inner = levels > 1 && this.#random.chance(0.6) ? [this.#deep(levels - 1)] : []
    const children = [...this.#fewWorkers(1, 2), ...inner, ...this.#fewWorkers(0, 1)]
    const strategy = this.#random.pick(strategies)
    const supervisor = this.#supervisor(strategy, strategy === 'dynamic' ? [] : children, {})
    return strategy === 'dynamic' ? { ...supervisor, template: this.#fittingWorker(supervisor) } : supervisor
  }

  #supervisor(
    strategy: OracleStrategy,
    children: readonly TreeNode[],
    fixed: Partial<SupervisorNode>,
  ): SupervisorNode {
    const random = this.#random
    const restart = fixed.restart ?? random.pick(restarts)
    const autoShutdown = fixed.autoShutdown ?? random.pick(autoShutdowns)
    return {
      kind: 'supervisor',
      id: this.#id(),
      strategy,
      intensity: random.pick([0, 1, 1, 2, 2, 3, 10]),
      period: this.#waits ? random.pick([1, 2]) : 60,
      restart,
      significant: restart !== 'permanent' && random.chance(0.5),
      ...fixed,
      autoShutdown,
      // What cannot be significant here is not: such a specification is refused, and that is no script.
      children: children.map(child => (autoShutdown === 'never' ? { ...child, significant: false } : child)),
    }
  }

  #fewWorkers(least: number, most: number): readonly WorkerNode[] {
    return Array.from({ length: this.#random.int(least, most) }, () => this.#worker())
  }

  #worker(): WorkerNode {
    const random = this.#random
    const restart = random.pick(restarts)
    const release = this.#waits ? 'prompt' : random.pick(releases)
    const significant = restart !== 'permanent' && random.chance(0.5)
    return { kind: 'worker', id: this.#id(), restart, significant, release }
  }

  #fittingWorker({ autoShutdown }: SupervisorNode): WorkerNode {
    const worker = this.#worker()
    return { ...worker, significant: worker.significant && autoShutdown !== 'never' }
  }

  #focusWorker(): WorkerNode {
    const { restart, how, phase } = this.#focus
    const stops: Record<How, readonly Release[]> = {
      normal: ['normal'],
      shutdown: ['prompt'],
      abnormal: ['abnormal'],
      killed: ['stuck', 'brutal'],
    }
    const release = phase === 'stopping' && !this.#waits ? this.#random.pick(stops[how]) : 'prompt'
    const significant = restart !== 'permanent' && this.#random.chance(0.3)
    return { kind: 'worker', id: this.#id(), restart, significant, release }
  }

  #id(): string {
    this.#ids += 1
    return `${'abcdefghijklmnopqrstuvwxyz'[this.#ids % 26]}${this.#ids}`
  }

  #place(tree: SupervisorNode): void {
    const visit = (path: string, node: SupervisorNode): void => {
      this.#supervisors.push({ path, node })
      for (const child of node.children) {
        if (child.kind === 'supervisor') visit(`${path}/${child.id}`, child)
        else this.#workers.push(placed(path, node, child))
      }
    }
    visit(tree.id, tree)
  }

  // The steps

  #focusSteps(focus: Placed<WorkerNode>): readonly Step[] {
    const { phase, how, restart } = this.#focus
    const { path, parentPath, parent, node } = focus
    const isDynamic = parent.strategy === 'dynamic'
    const start: Step = {
      do: 'order',
      path: parentPath,
      order: { op: 'start', id: node.id, child: node },
      arms: [],
    }
    const begun = isDynamic ? [start] : []
    if (isDynamic) this.#workers.push(focus)
    switch (phase) {
      case 'running':
        return [...begun, { do: 'die', path, how, arms: [] }]
      case 'stopping':
        return [
          ...begun,
          { do: 'order', path: parentPath, order: { op: 'terminate', id: node.id }, arms: [] },
        ]
      case 'starting': {
        if (!isDynamic && (how === 'normal' || how === 'shutdown')) return []
        const fresh = isDynamic ? focus : this.#fresh(focus)
        const order: Order = { op: 'start', id: fresh.node.id, child: fresh.node }
        return [
          { do: 'order', path: parentPath, order, arms: [{ path: fresh.path, starts: [how], orders: [] }] },
        ]
      }
      case 'restarting': {
        const arms: readonly Arm[] = [this.#withOrders({ path, starts: [how], orders: [] }, focus)]
        if (restart !== 'temporary') return [...begun, { do: 'die', path, how: 'abnormal', arms }]
        const doomed = parent.children.find(({ id, restart: type }) => id !== node.id && type === 'permanent')
        // One death is too many for its supervisor, which takes it along and comes back with it.
        return [{ do: 'die', path: `${parentPath}/${doomed?.id}`, how: 'abnormal', arms }]
      }
    }
  }

  /** Another child like this one, for a start at run time. */
  #fresh({ parent, parentPath, node }: Placed<WorkerNode>): Placed<WorkerNode> {
    const fresh = placed(parentPath, parent, {
      ...node,
      id: this.#id(),
      significant: node.significant && parent.autoShutdown !== 'never',
    })
    this.#workers.push(fresh)
    return fresh
  }

  #freeSteps(): readonly Step[] {
    return Array.from({ length: this.#random.int(4, 12) }, () => this.#freeStep())
  }

  /** Bursts of deaths, and whole seconds between them: some within the period, some past it. */
  #windowSteps({ path, parentPath, parent, node }: Placed<WorkerNode>): readonly Step[] {
    const random = this.#random
    const start: Step = {
      do: 'order',
      path: parentPath,
      order: { op: 'start', id: node.id, child: node },
      arms: [],
    }
    const death: Step = { do: 'die', path, how: 'abnormal', arms: [] }
    const deaths = (count: number) => Array.from({ length: count }, () => death)
    // As many as are allowed; then the one that is too many, or not, as those before it still count.
    const { period, intensity } = parent
    const gap = (): Step => ({ do: 'wait', seconds: random.pick([1, period, period, period + 1]) })
    const other = random.chance(0.3) ? [this.#death()] : []
    return [
      ...(parent.strategy === 'dynamic' ? [start] : []),
      ...deaths(random.chance(0.8) ? intensity : random.int(0, 3)),
      ...other,
      gap(),
      ...deaths(random.int(1, 2)),
      ...(random.chance(0.6) ? [gap(), ...deaths(random.int(1, 2))] : []),
    ]
  }

  #freeStep(): Step {
    const random = this.#random
    const dynamic = this.#supervisors.filter(({ node }) => node.strategy === 'dynamic')
    if (dynamic.length > 0 && random.chance(0.15)) return this.#start(random.pick(dynamic))
    const roll = random.int(0, 99)
    if (roll < 50 || this.#workers.length === 0) return this.#death()
    if (roll < 60) return this.#together()
    const supervisor = random.pick(this.#supervisors)
    if (roll < 72) return this.#start(supervisor)
    const order = this.#order(supervisor)
    const path = `${supervisor.path}/${order.id}`
    const worker = this.#workers.find(each => each.path === path)
    const armed = worker !== undefined && order.op === 'restart' && random.chance(0.3)
    const arms: readonly Arm[] = armed ? [this.#arm(path, worker.node.release)] : []
    return { do: 'order', path: supervisor.path, order, arms }
  }

  #death(): Step {
    const random = this.#random
    if (this.#workers.length === 0) return this.#start(random.pick(this.#supervisors))
    const dead = random.pick(this.#workers)
    const how = random.pick(ownEnds(dead.node.release))
    if (random.chance(0.65)) return { do: 'die', path: dead.path, how, arms: [] }
    // It, or one beside it, does not start again at once.
    const beside = this.#workers.filter(({ parentPath }) => parentPath === dead.parentPath)
    const failing = random.chance(0.6) ? dead : random.pick(beside)
    const { path, node } = failing
    const arm = this.#withOrders(this.#arm(path, node.release), failing)
    return { do: 'die', path: dead.path, how, arms: [arm] }
  }

  #arm(path: string, release: Release): Arm {
    const random = this.#random
    const ends = ownEnds(release)
    const starts = Array.from({ length: random.int(1, 3) }, () => random.pick(['abnormal', ...ends] as const))
    return { path, starts, orders: [] }
  }

  /** With what is asked of the supervisor of this worker while it is being restarted. */
  #withOrders(arm: Arm, placed: Placed<WorkerNode>): Arm {
    const fails = arm.starts[0] === 'abnormal' || arm.starts[0] === 'killed'
    // OTP knows a dynamic child by its process: once it has another one, an order for the old one is for nobody.
    const possible = fails || placed.parent.strategy !== 'dynamic'
    return possible && this.#random.chance(0.4) ? { ...arm, orders: this.#orders(placed) } : arm
  }

  #orders({ parentPath, parent, node }: Placed<WorkerNode>): readonly Order[] {
    const random = this.#random
    const own: Order =
      parent.strategy === 'dynamic'
        ? { op: 'terminate', id: node.id }
        : random.chance(0.5)
          ? { op: random.pick(['terminate', 'restart', 'delete'] as const), id: node.id }
          : { op: 'start', id: node.id, child: node }
    const other = this.#order({ path: parentPath, node: parent })
    return random.pick([[own], [other], [own, other], [other, own]])
  }

  #together(): Step {
    const random = this.#random
    const { parentPath } = random.pick(this.#workers)
    const prompt = this.#workers.filter(
      each => each.parentPath === parentPath && each.node.release === 'prompt',
    )
    const paths = random.shuffle(prompt.map(({ path }) => path)).slice(0, random.int(2, 3))
    return { do: 'together', paths, how: random.pick(hows) }
  }

  #order({ path, node }: { readonly path: string; readonly node: SupervisorNode }): Order {
    const random = this.#random
    const workers = this.#workers.filter(({ parentPath }) => parentPath === path).map(each => each.node.id)
    const all = [...new Set([...node.children.map(({ id }) => id), ...workers, 'nobody'])]
    const id = random.pick(all)
    if (node.strategy === 'dynamic') return { op: 'terminate', id }
    return { op: random.pick(['terminate', 'terminate', 'restart', 'restart', 'delete'] as const), id }
  }

  #start({ path, node }: { readonly path: string; readonly node: SupervisorNode }): Step {
    const random = this.#random
    const known = node.children
    if (node.strategy !== 'dynamic' && known.length > 0 && random.chance(0.3)) {
      const child = random.pick(known)
      return { do: 'order', path, order: { op: 'start', id: child.id, child }, arms: [] }
    }
    if (node.strategy !== 'dynamic' && random.chance(0.2)) {
      const child = this.#deep(1)
      const fitting = { ...child, significant: child.significant && node.autoShutdown !== 'never' }
      return { do: 'order', path, order: { op: 'start', id: child.id, child: fitting }, arms: [] }
    }
    // Now and then one that may not be significant here is: that is refused.
    const like = random.chance(0.2) ? this.#worker() : this.#fittingWorker(node)
    const child = node.template === undefined ? like : { ...node.template, id: like.id }
    const fresh = placed(path, node, child)
    const refused = child.significant && node.autoShutdown === 'never'
    if (!refused) this.#workers.push(fresh)
    const arms = random.chance(0.2) ? [this.#arm(fresh.path, child.release)] : []
    return { do: 'order', path, order: { op: 'start', id: child.id, child }, arms }
  }
}

const placed = (parentPath: string, parent: SupervisorNode, node: WorkerNode): Placed<WorkerNode> => ({
  path: `${parentPath}/${node.id}`,
  parentPath,
  parent,
  node,
})

// Files that import each other in a circle, types included: an interface that imports those who implement it
// is a knot too, though it is erased. Strongly connected components by Tarjan's algorithm (1972).
import { posix } from 'node:path'
import type { Findings } from './Check.ts'
import { isRelative } from './importsOf.ts'
import type { Workspace } from './Workspace.ts'

export function checkCycles(workspace: Workspace): Findings {
  const graph = new Map<string, readonly string[]>()
  const known = new Set(workspace.files.map(({ path }) => path))
  for (const { path, imports } of workspace.files) {
    const targets = imports
      .filter(({ specifier, kind }) => isRelative(specifier) && kind !== 'dynamic')
      .map(({ specifier }) => posix.join(posix.dirname(path), specifier))
    graph.set(
      path,
      [...new Set(targets)].filter(target => known.has(target)),
    )
  }
  const problems = knots(graph).map(knot => `${knot.join(' ↔ ')}: these import each other in a circle`)
  return { problems, warnings: [] }
}

/** Groups of two or more nodes that all reach each other, and nodes that import themselves. */
export function knots(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const found: string[][] = []
  const order = new Map<string, number>()
  const stack: string[] = []
  const onStack = new Set<string>()

  const visit = (node: string): number => {
    const index = order.size
    order.set(node, index)
    let lowest = index
    stack.push(node)
    onStack.add(node)
    for (const target of graph.get(node) ?? []) {
      const seen = order.get(target)
      if (seen === undefined) lowest = Math.min(lowest, visit(target))
      else if (onStack.has(target)) lowest = Math.min(lowest, seen)
    }
    if (lowest === index) {
      const component = stack.splice(stack.indexOf(node))
      for (const member of component) onStack.delete(member)
      if (component.length > 1 || graph.get(node)?.includes(node)) found.push(component.sort())
    }
    return lowest
  }
  for (const node of graph.keys()) if (!order.has(node)) visit(node)
  return found
}

// Files that import each other in a circle. Of values it is an error: which file runs first depends on who is asked
// first. Of types alone, which are erased, it is a note: a knot to read, not one to trip over. Strongly connected
// components by Tarjan's algorithm (1972).
import { posix } from 'node:path'
import type { Findings } from './Check.ts'
import { type Import, isRelative } from './importsOf.ts'
import type { Workspace } from './Workspace.ts'

export function checkCycles(workspace: Workspace): Findings {
  const values = knots(graphOf(workspace, ({ kind }) => kind === 'value'))
  const inValues = new Set(values.flat())
  const types = knots(graphOf(workspace, ({ kind }) => kind !== 'dynamic'))
  return {
    problems: values.map(knot => `${knot.join(' ↔ ')}: these import each other in a circle`),
    warnings: types
      .filter(knot => !knot.some(file => inValues.has(file)))
      .map(knot => `${knot.join(' ↔ ')}: the types of these know each other in a circle`),
  }
}

function graphOf(
  workspace: Workspace,
  counts: (imported: Import) => boolean,
): ReadonlyMap<string, readonly string[]> {
  const known = new Set(workspace.files.map(({ path }) => path))
  const targets = ({ path, imports }: Workspace['files'][number]) =>
    imports
      .filter(imported => isRelative(imported.specifier) && counts(imported))
      .map(({ specifier }) => posix.join(posix.dirname(path), specifier))
      .filter(target => known.has(target))
  return new Map(workspace.files.map(file => [file.path, [...new Set(targets(file))]]))
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

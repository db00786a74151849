// The list of what is checked, for `npm run check` and for `npm test`.
import type { Check } from './Check.ts'
import { checkCycles } from './cycles.ts'
import { checkDependencies } from './dependencies.ts'
import { checkFileLength } from './fileLength.ts'
import { checkImportLaw } from './importLaw.ts'
import { checkWithBiome, checkWithKnip } from './linters.ts'
import { readWorkspace, type Workspace } from './Workspace.ts'

export function allChecks(): readonly Check[] {
  let read: Workspace | undefined
  const workspace = (root: string): Workspace => {
    read ??= readWorkspace(root)
    return read
  }
  return [
    { name: 'format and lint', run: checkWithBiome },
    { name: 'import law', run: async root => checkImportLaw(workspace(root)) },
    { name: 'import cycles', run: async root => checkCycles(workspace(root)) },
    { name: 'undeclared dependencies', run: async root => checkDependencies(workspace(root)) },
    { name: 'dead code', run: checkWithKnip },
    { name: 'file length', run: async root => checkFileLength(workspace(root)) },
  ]
}

// How long files are. A file of one noun is about 150 lines; past 400 it is a question, past 600 it should be
// split. A warning only: length is a symptom.
import type { Findings } from './Check.ts'
import type { Workspace } from './Workspace.ts'

const question = 400
const split = 600

export function checkFileLength(workspace: Workspace): Findings {
  const warnings = workspace.files
    .filter(({ lines }) => lines > question)
    .sort((a, b) => b.lines - a.lines)
    .map(
      ({ path, lines }) =>
        `${path} has ${lines} lines${lines > split ? ': split it' : ': more than one noun?'}`,
    )
  return { problems: [], warnings }
}

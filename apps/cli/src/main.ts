// Runs the `shoal` command: its exit code, and what a failure looks like. Started by shoal.mjs.

import { CommanderError } from 'commander'
import { exitCodeOf, lineOf } from './failure.ts'
import { guardOutput } from './output/guardOutput.ts'
import { program } from './program.ts'

guardOutput()

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else {
    process.stderr.write(`shoal: ${lineOf(error)}\n`)
    process.exitCode = exitCodeOf(error)
  }
}

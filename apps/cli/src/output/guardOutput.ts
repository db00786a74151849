// What becomes of the command when nobody reads its output any more (`| head -1`), or it cannot be written. Without a
// listener that would end the process in the middle of its work, with its browsers open and a stack for an answer.

/** A reader that has gone is no failure: the work ends as it would have. A full disk under the result is one. */
export function guardOutput(): void {
  // Progress that nobody sees.
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    process.stderr.write(
      `shoal: the result cannot be written (${error.message}); free some room or write it elsewhere.\n`,
    )
    // Whatever exit code the command ends with.
    process.on('exit', () => {
      process.exitCode = 2
    })
  })
}

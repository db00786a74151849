// `npm run bench -- [NAME …] [--json] [--list] [--only PART,…] [--help]`.
import { fileURLToPath } from 'node:url'
import { benchCommand } from './benchCommand.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

// A reader that has enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await benchCommand(process.argv.slice(2), root, {
  out: line => process.stdout.write(`${line}\n`),
  err: line => process.stderr.write(`${line}\n`),
}).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return 2
})

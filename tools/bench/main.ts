// `npm run bench -- [NAME …] [--json] [--list] [--only PART,…] [--help]`.
import { fileURLToPath } from 'node:url'
import { benchCommand } from './benchCommand.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

process.exitCode = await benchCommand(process.argv.slice(2), root, {
  out: line => process.stdout.write(`${line}\n`),
  err: line => process.stderr.write(`${line}\n`),
}).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return 2
})

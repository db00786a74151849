#!/usr/bin/env node

// The door of the `shoal` command. It says which Node is needed, where an older one would answer with a stack: that
// cannot read what main.ts is written in. So this is JavaScript that every Node in use can read, and nothing else.
import { existsSync } from 'node:fs'

// Sources run as they are, on a Node that takes types away and knows `using`; what is published has neither.
const fromSource = existsSync(new URL('./main.ts', import.meta.url))
const needed = fromSource ? [24, 0] : [22, 12]
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  const way = fromSource
    ? 'use "npx shoal" or "npm run shoal --" in the clone, which take the Node that the set-up installed there'
    : 'install a newer one, from https://nodejs.org or by your system'
  process.stderr.write(
    `shoal: this is Node ${process.versions.node}, and ${needed.join('.')} or later is needed; ${way}.\n`,
  )
  process.exitCode = 2
} else {
  await import(fromSource ? './main.ts' : './main.js')
}

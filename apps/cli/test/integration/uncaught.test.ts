import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { leftovers } from './leftovers.ts'

const program = fileURLToPath(new URL('./throwing-program.ts', import.meta.url))

let temporary: string

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'shoal-uncaught-'))
})

afterAll(() => rm(temporary, { recursive: true, force: true }))

describe('a program that starts a pool and throws', () => {
  it.skipIf(!existsSync('/proc/self/cmdline'))(
    'ends with its own error, and leaves no browser and no profile behind (reads /proc)',
    async () => {
      const child = spawn(process.execPath, [program], {
        env: { ...process.env, TMPDIR: temporary },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let stderr = ''
      child.stderr.on('data', chunk => {
        stderr += chunk
      })
      const code = await new Promise(resolve => child.once('close', resolve))
      expect(stderr).toMatch(/2 browsers[\s\S]*nobody catches this/)
      expect(code).toBe(1)
      expect(await leftovers(temporary)).toEqual({ processes: [], files: [] })
    },
  )
})

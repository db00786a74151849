// Where the output goes: to a reader that has gone, to a full disk, and from a Node that is too old.

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { start } from './shoal.ts'

const door = fileURLToPath(new URL('../../src/shoal.mjs', import.meta.url))

describe('A command whose output goes nowhere', () => {
  it('ends as it would have when who reads both of its outputs has gone, with no stack', async () => {
    const { child, ended, said, stderr } = start(['join', '--for', '1'])
    await said('Open this on the device')
    child.stdout?.destroy()
    child.stderr?.destroy()
    expect((await ended).code).toBe(0)
    expect(stderr()).not.toMatch(/\n\s+at /)
  })

  it.skipIf(!existsSync('/dev/full'))(
    'says in one line that the disk is full, and exits with 2',
    async () => {
      const command = `"$0" "$1" doctor --browsers edge --json > /dev/full`
      const child = spawn('/bin/sh', ['-c', command, process.execPath, door], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let stderr = ''
      child.stderr.on('data', chunk => {
        stderr += chunk
      })
      const code = await new Promise(resolve => child.once('close', resolve))
      expect(stderr).toMatch(/^shoal: the result cannot be written \(ENOSPC.*elsewhere\.$/m)
      expect(stderr).not.toMatch(/\n\s+at /)
      expect(code).toBe(2)
    },
  )
})

describe('The door of the command', () => {
  /** What it does where it is told that this is another Node. */
  const under = (version: string) =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>(resolve => {
      const versions = JSON.stringify({ ...process.versions, node: version })
      const before = `Object.defineProperty(process, 'versions', { value: ${versions} })`
      const imported = `data:text/javascript,${encodeURIComponent(before)}`
      const child = spawn(process.execPath, ['--import', imported, door, '--version'])
      let [stdout, stderr] = ['', '']
      child.stdout.on('data', chunk => {
        stdout += chunk
      })
      child.stderr.on('data', chunk => {
        stderr += chunk
      })
      child.once('close', code => resolve({ code, stdout, stderr }))
    })

  it.each(['18.20.8', '20.20.2', '22.21.0', '23.11.0'])(
    'says on Node %s in one line which Node it needs and how it is had, and exits with 2',
    async version => {
      const { code, stdout, stderr } = await under(version)
      expect(stderr).toMatch(
        new RegExp(`^shoal: this is Node ${version}, and 24\\.0 or later is needed; use "npx shoal".*\\n$`),
      )
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    },
  )

  it('opens on the Node that the set-up installs, and says the package’s version', async () => {
    const { code, stdout } = await under(process.versions.node)
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(stdout).toBe(`${version}\n`)
    expect(code).toBe(0)
  })
})

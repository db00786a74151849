import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const setup = fileURLToPath(new URL('../../setup.mjs', import.meta.url))
const run = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [setup, ...words], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe('The set-up', () => {
  it('refuses a word that it does not know, and says which there are', () => {
    expect(run('--again', '--agian')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'setup: there is no --agian; there are --again, --for-tests and --help\n',
    })
  })

  it('says what its words do, and does nothing else', () => {
    const { status, stdout, stderr } = run('--help')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/--again .*\n.*--for-tests .*\n.*--help /)
  })
})

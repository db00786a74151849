// What is said where apt-get cannot be started, or fails.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { aptUpdate } from '../installBrowsers.mjs'

let folder: string
let said: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shoal-apt-'))
  said = ''
  vi.stubEnv('PATH', folder)
  vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    said += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

it('says why apt-get could not be started, and what to do', () => {
  expect(aptUpdate()).toBe(false)
  expect(said).toMatch(/^setup: apt-get could not be run \(.*ENOENT.*\): .*install.*yourself.*\n$/)
})

it('says what apt-get said where it failed', () => {
  writeFileSync(join(folder, 'apt-get'), '#!/bin/sh\necho "E: Could not get lock"\nexit 100\n', {
    mode: 0o755,
  })
  expect(aptUpdate()).toBe(false)
  expect(said).toBe('E: Could not get lock\n')
})

it('says that it failed where apt-get said nothing', () => {
  writeFileSync(join(folder, 'apt-get'), '#!/bin/sh\nexit 100\n', { mode: 0o755 })
  expect(aptUpdate()).toBe(false)
  expect(said).toBe('setup: apt-get failed (100) and said nothing\n')
})

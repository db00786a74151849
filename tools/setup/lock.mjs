// One set-up at a time in a checkout: a folder made atomically, holding the pid of its owner. A lock whose
// owner is gone is taken over.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const olderThanAnySetup = 30 * 60_000
const timeToWriteThePid = 5_000

/**
 * @param {string} folder
 * @param {(pid: number) => void} onWait called once when another set-up holds the lock
 * @returns {Promise<() => void>} gives the lock back
 */
export async function takeLock(folder, onWait) {
  mkdirSync(dirname(folder), { recursive: true })
  for (let told = false; ; ) {
    try {
      mkdirSync(folder)
      writeFileSync(join(folder, 'pid'), String(process.pid))
      return () => rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const owner = ownerOf(folder)
    if (owner === 'gone') {
      rmSync(folder, { recursive: true, force: true })
      continue
    }
    if (!told) onWait(owner)
    told = true
    await setTimeout(200)
  }
}

/**
 * @param {string} folder
 * @returns {number | 'gone'}
 */
function ownerOf(folder) {
  try {
    const age = Date.now() - statSync(folder).mtimeMs
    if (age > olderThanAnySetup) return 'gone'
    const pid = Number(readPid(folder))
    if (!Number.isInteger(pid) || pid <= 0) return age > timeToWriteThePid ? 'gone' : 0
    return isAlive(pid) ? pid : 'gone'
  } catch {
    return 'gone'
  }
}

/** @param {string} folder */
function readPid(folder) {
  try {
    return readFileSync(join(folder, 'pid'), 'utf8')
  } catch {
    return ''
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

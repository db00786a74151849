// The operating system's table of processes, as far as browsers need it: who is whose child, since when, and
// under which command. Not a monitor: each call takes one reading. Linux is read from /proc; macOS from `ps`;
// Windows from PowerShell (not verified on a real machine).
import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface ProcessInfo {
  readonly pid: number
  readonly parent: number
  /** The session on Linux, the group elsewhere: survives the death of a parent, which `parent` does not. */
  readonly session: number
  /** Opaque; equal for the same process only. On Linux ticks since boot, so it can also be compared in order. */
  readonly startTime: string
  readonly command: readonly string[]
}

/** The fields of /proc/PID/stat after the command, which stands in parentheses and may itself hold any of them. */
const parseStat = (stat: string): { state: string; fields: string[] } => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? 'X', fields }
}

const readLinux = async (pid: number): Promise<ProcessInfo | undefined> => {
  try {
    const { state, fields } = parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'))
    // A zombie holds no memory, socket or file: it only waits for its parent to look at it.
    if (state === 'Z' || state === 'X') return undefined
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter(part => part !== '')
    return {
      pid,
      parent: Number(fields[1]),
      session: Number(fields[3]),
      startTime: fields[19] ?? '',
      command,
    }
  } catch {
    return undefined
  }
}

/** `ps -o pid=,ppid=,pgid=,lstart=,command=`: lstart is five words, such as `Tue Nov 24 06:46:19 2026`. */
export const parsePs = (output: string): ProcessInfo[] =>
  output.split('\n').flatMap(line => {
    const found = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/.exec(line)
    if (found === null) return []
    const [, pid, parent, group, startTime = '', command = ''] = found
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        session: Number(group),
        startTime,
        command: command.split(' '),
      },
    ]
  })

const windowsScript =
  'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId)`t$($_.ParentProcessId)`t$($_.CreationDate.Ticks)`t$($_.CommandLine)" }'

/** Lines of `pid TAB parent TAB ticks TAB command`, as the PowerShell script above prints them. */
export const parsePowerShell = (output: string): ProcessInfo[] =>
  output.split(/\r?\n/).flatMap(line => {
    const [pid, parent, startTime = '', command = ''] = line.split('\t')
    if (!/^\d+$/.test(pid ?? '')) return []
    const words = (command.match(/"[^"]*"|\S+/g) ?? []).map(word => word.replaceAll('"', ''))
    return [{ pid: Number(pid), parent: Number(parent), session: 0, startTime, command: words }]
  })

/** Every process that this process may see. Never fails: what cannot be read is left out. */
export const listProcesses = async (): Promise<ProcessInfo[]> => {
  try {
    if (process.platform === 'linux') {
      const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
      const found = await Promise.all(pids.map(readLinux))
      return found.filter(info => info !== undefined)
    }
    if (process.platform === 'win32') {
      const { stdout } = await run('powershell', ['-NoProfile', '-Command', windowsScript], {
        maxBuffer: 64 << 20,
      })
      return parsePowerShell(stdout)
    }
    const { stdout } = await run('ps', ['-axo', 'pid=,ppid=,pgid=,lstart=,command='], { maxBuffer: 64 << 20 })
    return parsePs(stdout)
  } catch {
    return []
  }
}

/** Whether a process of that number is there: zombies count, and so do those that are not ours to signal. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** One process, or undefined when it is gone. */
export const findProcess = async (pid: number): Promise<ProcessInfo | undefined> =>
  process.platform === 'linux' ? readLinux(pid) : (await listProcesses()).find(info => info.pid === pid)

/**
 * Which machine, boot and process namespace this is. A pid and its start time mean something only inside it.
 * Empty where the system does not say.
 */
export const readProcessWorld = async (): Promise<{ boot: string; namespace: string }> => {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
  return { boot: boot.trim(), namespace }
}

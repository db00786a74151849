import { describe, expect, it } from 'vitest'
import { readBrowserMemory, readMemory } from '../../src/scaling/memory.ts'

/** A machine's files; any other one is not there. */
const filesOf = (files: Readonly<Record<string, string>>) => (path: string) => {
  const text = files[path]
  return text === undefined ? Promise.reject(new Error(`no ${path}`)) : Promise.resolve(text)
}

const meminfo = 'MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\n'
const kib = 1024

describe('readMemory', () => {
  it('takes the system’s figures where nothing limits the process', async () => {
    const read = filesOf({ '/proc/meminfo': meminfo, '/proc/self/cgroup': '0::/\n' })
    expect(await readMemory(read)).toEqual({
      usedBytes: 8_000_000 * kib,
      limitBytes: 16_000_000 * kib,
      source: 'system',
    })
  })

  it('takes a limit of cgroup v2, without the files’ pages that the kernel takes back first', async () => {
    const read = filesOf({
      '/proc/meminfo': meminfo,
      '/proc/self/cgroup': '0::/app\n',
      '/sys/fs/cgroup/app/memory.max': '2000000000\n',
      '/sys/fs/cgroup/app/memory.current': '900000000\n',
      '/sys/fs/cgroup/app/memory.stat': 'anon 1\ninactive_file 300000000\n',
    })
    expect(await readMemory(read)).toEqual({
      usedBytes: 600_000_000,
      limitBytes: 2_000_000_000,
      source: 'cgroup v2',
    })
  })

  it('takes the tightest of nested groups: a limit around a group limits it too', async () => {
    const read = filesOf({
      '/proc/meminfo': meminfo,
      '/proc/self/cgroup': '0::/slice/app\n',
      '/sys/fs/cgroup/slice/memory.max': '3000000000',
      '/sys/fs/cgroup/slice/memory.current': '2900000000',
      '/sys/fs/cgroup/slice/app/memory.max': '2000000000',
      '/sys/fs/cgroup/slice/app/memory.current': '500000000',
    })
    expect(await readMemory(read)).toMatchObject({ usedBytes: 2_900_000_000, limitBytes: 3_000_000_000 })
  })

  it('reads cgroup v1, where no limit is a very large number', async () => {
    const files = {
      '/proc/meminfo': meminfo,
      '/proc/self/cgroup': '5:cpu,cpuacct:/\n4:memory:/box\n0::/\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '1000',
      '/sys/fs/cgroup/memory/box/memory.limit_in_bytes': '1000000000',
      '/sys/fs/cgroup/memory/box/memory.usage_in_bytes': '400000000',
      '/sys/fs/cgroup/memory/box/memory.stat': 'total_inactive_file 100000000\n',
    }
    expect(await readMemory(filesOf(files))).toEqual({
      usedBytes: 300_000_000,
      limitBytes: 1_000_000_000,
      source: 'cgroup v1',
    })
  })

  it('reads this machine', async () => {
    const { usedBytes, limitBytes } = await readMemory()
    expect(usedBytes).toBeGreaterThan(0)
    expect(limitBytes).toBeGreaterThan(usedBytes)
  })
})

describe('readBrowserMemory', () => {
  it('reads what a tree of processes takes, this one for instance', async () => {
    const memory = await readBrowserMemory([process.pid])
    expect(memory?.bytes).toBeGreaterThan(10 * 2 ** 20)
    expect(memory?.bytes).toBeLessThan(8 * 2 ** 30)
    expect(memory?.bytesOf.get(process.pid)).toBe(memory?.bytes)
  })

  it('tells nothing where there is no process', async () => {
    expect(await readBrowserMemory([2 ** 30])).toBeUndefined()
  })
})

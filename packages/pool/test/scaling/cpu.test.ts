import { cpus } from 'node:os'
import { describe, expect, it } from 'vitest'
import { busyShare, type CpuReading, readCpu } from '../../src/scaling/cpu.ts'

/** A machine's files; any other one is not there. */
const filesOf = (files: Readonly<Record<string, string>>) => (path: string) => {
  const text = files[path]
  return text === undefined ? Promise.reject(new Error(`no ${path}`)) : Promise.resolve(text)
}

describe('readCpu', () => {
  const v2 = (max: string) => ({
    '/proc/self/cgroup': '0::/app\n',
    '/sys/fs/cgroup/app/cpu.max': max,
    '/sys/fs/cgroup/app/cpu.stat': 'usage_usec 2500000\nuser_usec 1\n',
  })
  const cases: readonly { rule: string; files: Record<string, string>; expected: Partial<CpuReading> }[] = [
    { rule: 'takes the system’s where there are no groups', files: {}, expected: { source: 'system' } },
    {
      rule: 'takes the system’s where the group has no limit',
      files: v2('max 100000\n'),
      expected: { source: 'system' },
    },
    {
      rule: 'takes a limit of cgroup v2, with the group’s own time',
      files: v2('50000 100000\n'),
      expected: { source: 'cgroup v2', cores: 0.5, busyMs: 2500, allMs: 5000 },
    },
    {
      rule: 'takes the tightest of nested groups',
      files: {
        ...v2('90000 100000'),
        '/sys/fs/cgroup/cpu.max': '25000 100000',
        '/sys/fs/cgroup/cpu.stat': 'usage_usec 7000000\n',
      },
      expected: { source: 'cgroup v2', cores: 0.25, busyMs: 7000 },
    },
    {
      rule: 'takes a limit of cgroup v1, whose time is in nanoseconds',
      files: {
        '/proc/self/cgroup': '3:cpu,cpuacct:/app\n1:memory:/app\n',
        '/sys/fs/cgroup/cpu/app/cpu.cfs_quota_us': '75000\n',
        '/sys/fs/cgroup/cpu/app/cpu.cfs_period_us': '100000\n',
        '/sys/fs/cgroup/cpuacct/app/cpuacct.usage': '3000000000\n',
      },
      expected: { source: 'cgroup v1', cores: 0.75, busyMs: 3000, allMs: 7500 },
    },
    {
      rule: 'knows -1 for version 1’s word for no limit',
      files: {
        '/proc/self/cgroup': '2:cpu:/\n3:cpuacct:/\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
        '/sys/fs/cgroup/cpuacct/cpuacct.usage': '3000000000\n',
      },
      expected: { source: 'system' },
    },
    {
      rule: 'takes the system’s where the limit is wider than the machine',
      files: v2(`${(cpus().length + 1) * 100_000} 100000`),
      expected: { source: 'system' },
    },
  ]
  it.each(cases)('$rule', async ({ files, expected }) => {
    expect(await readCpu(10_000, filesOf(files))).toMatchObject(expected)
  })

  it('reads this machine', async () => {
    const reading = await readCpu(performance.now())
    expect(reading.cores).toBeGreaterThan(0)
    expect(reading.allMs).toBeGreaterThan(0)
  })
})

describe('busyShare', () => {
  const at = (busyMs: number, allMs: number, source: CpuReading['source'] = 'system'): CpuReading => ({
    busyMs,
    allMs,
    cores: 1,
    source,
  })

  it('is the busy part of what has passed', () => {
    expect(busyShare(at(100, 1000), at(175, 1100))).toBeCloseTo(0.75)
  })

  it('is none where no time has passed, or where the two are of different sources', () => {
    expect(busyShare(at(100, 1000), at(100, 1000))).toBe(0)
    expect(busyShare(at(100, 1000), at(175, 1100, 'cgroup v2'))).toBe(0)
  })

  it('is never more than all', () => {
    expect(busyShare(at(0, 0, 'cgroup v2'), at(300, 100, 'cgroup v2'))).toBe(1)
  })
})

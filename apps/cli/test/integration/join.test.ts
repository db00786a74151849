// `shoal join` as its users run it, without a device: its address, its warning, its end.
import { describe, expect, it } from 'vitest'
import { shoal, start } from './shoal.ts'

describe('shoal join', () => {
  it('prints where devices may join, and one JSON document when its time is over', async () => {
    const { code, stdout, stderr } = await shoal([
      'join',
      '--for',
      '1',
      '--json',
      '--host',
      '0.0.0.0',
      '--name',
      'box.local',
    ])
    expect(stderr).toMatch(
      /Open this on the device within 15 minutes: http:\/\/box\.local:\d+\/#join=[\w-]{43}/,
    )
    expect(stderr).toContain('Warning: Devices beyond this machine join without TLS')
    expect(JSON.parse(stdout)).toMatchObject({ devices: [], refusals: {}, warnings: [expect.any(String)] })
    expect(code).toBe(0)
  })

  it('ends in order at Ctrl-C', async () => {
    const running = start(['join', '--reusable'])
    await running.said('Open this on each device')
    running.child.kill('SIGINT')
    const { code, stdout } = await running.ended
    expect([code, stdout]).toEqual([130, 'No device has joined.\n'])
  })

  it.each([
    [['--tls-cert', 'cert.pem'], 'go together'],
    [['--tls-cert', '/nowhere/cert.pem', '--tls-key', '/nowhere/key.pem'], '/nowhere/cert.pem'],
  ])('refuses %j in one line', async (args, words) => {
    const { code, stderr, stdout } = await shoal(['join', ...args])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(words)
  })
})

// `shoal join`, and a run on a device that joins, as their users run them: address, warning, answer, end.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { discover, launch } from '@shoal/browser-bridge'
import { writeSeededModel } from '@shoal/onnx'
import { Effect } from 'effect'
import { describe, expect, it } from 'vitest'
import { shoal, start } from './shoal.ts'

const [browser] = await Effect.runPromise(discover())

describe('shoal join', () => {
  it('prints where devices may join, for programs in a file, and one JSON document when its time is over', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'shoal-join-'))
    const file = path.join(folder, 'address')
    const { code, stdout, stderr } = await shoal([
      'join',
      '--for',
      '1',
      '--json',
      '--host',
      '0.0.0.0',
      '--name',
      'box.local',
      '--address-file',
      file,
    ])
    expect(stderr).toMatch(
      /Open this on the device within 15 minutes: http:\/\/box\.local:\d+\/#join=[\w-]{43}/,
    )
    expect(stderr).toContain('Warning: Devices beyond this machine join without TLS')
    const [url = ''] = /http:\S+#join=[\w-]+/.exec(stderr) ?? []
    expect(JSON.parse(stdout)).toMatchObject({
      address: { url, expiresAt: expect.any(Number) },
      devices: [],
      refusals: {},
      warnings: [expect.any(String)],
    })
    expect(code).toBe(0)
    expect(await readFile(file, 'utf8')).toBe(`${url}\n`)
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600)
    await rm(folder, { recursive: true, force: true })
  })

  it('ends in order at Ctrl-C, which is how it ends, with 0; at a kill with what shells have for one', async () => {
    const running = start(['join', '--reusable'])
    await running.said('Open this on each device')
    running.child.kill('SIGINT')
    const { code, stdout, stderr } = await running.ended
    expect([code, stdout]).toEqual([0, 'No device has joined.\n'])
    expect(stderr).toContain('SIGINT: closing; devices are sent home')
    const killed = start(['join'])
    await killed.said('Open this on the device')
    killed.child.kill('SIGTERM')
    expect((await killed.ended).code).toBe(143)
  })

  it('removes the address of an earlier run before it starts: whoever waits for the file must not take it', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'shoal-join-'))
    const file = path.join(folder, 'address')
    await writeFile(file, 'http://127.0.0.1:1/#join=gone\n')
    const tls = ['--tls-cert', '/nowhere/cert.pem', '--tls-key', '/nowhere/key.pem']
    expect((await shoal(['join', '--address-file', file, ...tls])).code).toBe(2)
    expect(await readdir(folder)).toEqual([])
    await rm(folder, { recursive: true, force: true })
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

describe('shoal run --join', () => {
  it(`prints an address, and the answer of the device that joined by it${browser === undefined ? ' (skipped: no browser is installed here)' : ''}`, async ({
    skip,
  }) => {
    if (browser === undefined) return skip()
    const folder = await mkdtemp(path.join(tmpdir(), 'shoal-cli-'))
    const { dir } = await writeSeededModel({ architecture: 'bertEncoder', cacheDir: folder })
    const row = { dtype: 'int64', dims: [1, 2], data: [2, 3] }
    const ones = { ...row, data: [1, 1] }
    const input = path.join(folder, 'input.json')
    await writeFile(input, JSON.stringify({ input_ids: row, attention_mask: ones, token_type_ids: ones }))
    const running = start(['run', '--model', dir, '--input', input, '--join', '127.0.0.1', '--json'])
    await running.said('#join=')
    const url = /http:\S+#join=[\w-]+/.exec(running.stderr())?.[0] ?? ''
    const open = Effect.gen(function* () {
      const driven = yield* launch(browser)
      yield* driven.openPage(url)
      return yield* Effect.promise(() => running.ended)
    })
    const { code, stdout, stderr } = await Effect.runPromise(Effect.scoped(open))
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ placement: { connection: 'device-1', trust: 'joined' } })
    await rm(folder, { recursive: true, force: true })
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SeededModel, writeSeededModel } from '@shoal/onnx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shoal } from './shoal.ts'

let folder: string
let bert: SeededModel
let busy: Server
let port: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-cli-'))
  bert = await writeSeededModel({ architecture: 'bertEncoder', cacheDir: folder })
  await writeFile(join(folder, 'corrupt.onnx'), Uint8Array.of(10, 255, 255, 255, 255, 7, 1, 2, 3))
  await writeFile(
    join(folder, 'wrong-dtype.json'),
    JSON.stringify({ input_ids: { dtype: 'float32', dims: [1, 1], data: [2] } }),
  )
  const row = { dtype: 'int64', dims: [1, 2], data: [2, 3] }
  const flat = { ...row, dims: [2] }
  await writeFile(
    join(folder, 'wrong-shape.json'),
    JSON.stringify({ input_ids: flat, attention_mask: row, token_type_ids: row }),
  )
  await writeFile(join(folder, 'a-file'), 'not a folder')
  busy = createServer()
  await new Promise<void>(resolve => busy.listen(0, '127.0.0.1', resolve))
  port = (busy.address() as { port: number }).port
})

afterAll(async () => {
  busy.close()
  await rm(folder, { recursive: true, force: true })
})

interface Case {
  readonly what: string
  readonly args: () => string[]
  readonly env?: () => Record<string, string>
  readonly says: RegExp
}

const text = ['--task', 'feature-extraction', '--input', 'hello']

const cases: readonly Case[] = [
  { what: 'an unknown model', args: () => ['run', '--model', './nowhere', ...text], says: /nowhere/ },
  {
    what: 'a missing input file',
    args: () => ['run', '--model', bert.dir, '--task', 'image-classification', '--input', 'cat.png'],
    says: /cat\.png.*no such file; check the path/,
  },
  {
    what: 'a corrupt graph',
    args: () => ['run', '--model', join(folder, 'corrupt.onnx'), '--input', join(folder, 'wrong-dtype.json')],
    says: /corrupt|decode|truncated|protobuf|ONNX/i,
  },
  {
    what: 'a wrong dtype',
    args: () => ['run', '--model', bert.dir, '--input', join(folder, 'wrong-dtype.json')],
    says: /'input_ids' must be int64.*float32 \[1, 1\].*convert it to int64/,
  },
  {
    what: 'a wrong shape',
    args: () => ['run', '--model', bert.dir, '--input', join(folder, 'wrong-shape.json')],
    says: /'input_ids' must be int64.*int64 \[2\].*reshape it/,
  },
  {
    what: 'an unknown task',
    args: () => ['run', '--model', bert.dir, '--task', 'mind-reading', '--input', 'hello'],
    says: /mind-reading/,
  },
  {
    what: 'a precision that the model lacks',
    args: () => ['run', '--model', bert.dir, '--dtype', 'q8', ...text],
    says: /has no model_quantized\.onnx.*dtypes that it has: fp32/,
  },
  {
    what: 'no browser',
    args: () => ['run', '--model', bert.dir, '--browsers', 'edge', ...text],
    says: /No edge was found.*SHOAL_EDGE/,
  },
  {
    what: 'a port in use',
    args: () => ['run', '--model', bert.dir, '--port', String(port), ...text],
    says: /Port \d+ on 127\.0\.0\.1 is in use: choose another/,
  },
  {
    what: 'a cache that cannot be written',
    args: () => ['run', '--model', bert.dir, '--cache', join(folder, 'a-file', 'cache'), ...text],
    says: /a-file.*(--cache|SHOAL_CACHE)/,
  },
  {
    what: 'a tensor file that is none',
    args: () => ['run', '--model', bert.dir, '--input', `input_ids=${join(folder, 'corrupt.onnx')}`],
    says: /corrupt\.onnx: it is no ONNX TensorProto/,
  },
  {
    what: 'a cache where no folder can be made',
    args: () => ['run', '--model', bert.dir, '--cache', '/proc/shoal/cache', ...text],
    says: /\/proc\/shoal\/cache.*(--cache|SHOAL_CACHE)/,
  },
  {
    what: 'an unknown command',
    args: () => ['fly'],
    says: /^error: unknown command 'fly' \(see shoal --help\)$/,
  },
  {
    what: 'a command with a slip',
    args: () => ['stres'],
    says: /^error: unknown command 'stres' \(Did you mean stress\?\) \(see shoal --help\)$/,
  },
  {
    what: 'no model',
    args: () => ['run'],
    says: /^error: .*'--model <model>' not specified \(see shoal run --help\)$/,
  },
  {
    what: 'no input, before a browser is started',
    args: () => ['run', '--model', bert.dir, '--browsers', 'edge'],
    says: /^error: .*'--input <input>' not specified \(see shoal run --help/,
  },
  {
    what: 'a fault with a slip beside all of them',
    args: () => ['stress', '--chaos', 'all,kil'],
    says: /"kil" is none of kill, .*, slow, all\. \(see shoal stress --help/,
  },
  {
    what: 'an unknown browser',
    args: () => ['doctor', '--browsers', 'lynx'],
    says: /"lynx" is none of .*\(see shoal doctor --help/,
  },
  {
    what: 'a page for a report that cannot be written, before anything is measured',
    args: () => ['stress', '--html', join(folder, 'a-file', 'report.html'), '--browsers', 'edge'],
    says: /--html .*report\.html cannot be written .*name a file/,
  },
  {
    what: 'a file that is no report to compare with',
    args: () => ['stress', '--compare', join(folder, 'wrong-dtype.json')],
    says: /wrong-dtype\.json: this is no report.*--json > report\.json/,
  },
  {
    what: 'no name of a model',
    args: () => ['stress', '--models', '', '--browsers', 'edge'],
    says: /--models: there is no ""; use bert, vit, whisper/,
  },
  {
    what: 'fewer connections at most than at least',
    args: () => ['stress', '--min-connections', '5', '--max-connections', '2'],
    says: /^error: --min-connections \(5\) is above --max-connections \(2\)\. \(see shoal stress --help/,
  },
  {
    what: 'one connection at most, with two at least by default (no edge is all that is wrong)',
    args: () => ['stress', '--max-connections', '1', '--browsers', 'edge'],
    says: /No edge was found/,
  },
  {
    what: 'two kinds of load at once',
    args: () => ['stress', '--overload', '3', '--soak', '2'],
    says: /^error: option '--overload <times>' cannot be used with option '--soak <minutes>'/,
  },
  {
    what: 'a browser of this machine for a model that a device is to run',
    args: () => ['run', '--model', bert.dir, ...text, '--join', '127.0.0.1', '--browsers', 'firefox'],
    says: /^error: option '--join <address>' cannot be used with option '--browsers <kinds>'/,
  },
  {
    what: 'a device to run on that never comes',
    args: () => ['run', '--model', bert.dir, ...text, '--join', '127.0.0.1', '--deadline', '0.2'],
    says: /No device has joined within 0\.2 s: open the address on one/,
  },
  {
    what: 'a port that is none',
    args: () => ['join', '--port', '65536'],
    says: /'65536' is invalid\. It must be a port: 0 \(any free one\) to 65535\./,
  },
  {
    what: 'a name that cannot stand in an address',
    args: () => ['join', '--name', 'my box'],
    says: /'my box' is invalid\. It must be a name or an address alone/,
  },
  {
    what: 'a duration of nothing',
    args: () => ['demo', '--duration', '0'],
    says: /must be a number above 0/,
  },
]

describe('shoal, given something that it cannot use,', () => {
  // Side by side: most of each is the start of a process.
  it.concurrent.each(cases)(
    'says so in one line with what to do, and exits with 2: $what',
    async ({ args, env, says }) => {
      const { code, stdout, stderr } = await shoal(args(), env?.())
      const [line = ''] = stderr.split('\n').filter(part => /^(shoal|error):/.test(part))
      expect(line).toMatch(says)
      if (line.startsWith('error:')) expect(stderr).toBe(`${line}\n`)
      expect(stderr).not.toMatch(/\n\s+at /)
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    },
  )

  it('has help for each command, on standard output, with exit code 0', async () => {
    for (const command of ['demo', 'run', 'join', 'doctor', 'stress']) {
      const { code, stdout } = await shoal([command, '--help'])
      expect(code).toBe(0)
      expect(stdout).toMatch(new RegExp(`Usage: shoal ${command}[\\s\\S]*--json`))
    }
  })
})

#!/usr/bin/env node

// The `shoal` command: which commands there are, and what a failure looks like. Each command's own code, and
// all that it needs, is loaded when it is called: `shoal --help` loads none of it. Started by shoal.mjs.

import type { BrowserChoice, BrowserKind } from '@shoal/pool'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { DemoOptions } from './commands/demo.ts'
import type { DoctorOptions } from './commands/doctor.ts'
import type { JoinOptions } from './commands/join.ts'
import type { RunOptions } from './commands/run.ts'
import type { StressOptions } from './commands/stress.ts'
import { exitCodeOf, lineOf } from './failure.ts'
import { guardOutput } from './output/guardOutput.ts'
import { type FaultName, faultNames } from './stress/chaos/Fault.ts'

const version = '0.1.0'
// Written here, so that `shoal --help` loads nothing; held to the bridge's own list by its type.
const browserKinds = Object.keys({
  chromium: true,
  chrome: true,
  edge: true,
  firefox: true,
  webkit: true,
} satisfies Record<BrowserKind, true>)
const platforms = ['webgpu', 'webnn', 'wasm', 'auto'] as const

const program = new Command('shoal')
  .description('Real browsers as one supervised inference machine.')
  .version(version)
  .exitOverride()

program
  .command('demo')
  .description('Run three kinds of model in real browsers, kill one of them, and prove every answer right.')
  .option('--duration <seconds>', 'how long the workload runs', positive, 20)
  .option('--max-connections <n>', 'browser pages at most', whole, 4)
  .option(
    '--browsers <kinds>',
    `browsers to use: ${browserKinds.join(', ')}, or the address of one that runs, such as http://127.0.0.1:9222 or firefox@ws://host:3000/ (default: every kind found)`,
    browsers,
  )
  .addOption(new Option('--platform <p>', 'back-end of the three models').choices(platforms).default('auto'))
  .option('--port <n>', 'port of the host (default: any free one)', port)
  .option('--cache <folder>', 'where models and the page are kept')
  .option('--json', 'print one JSON document on standard output', false)
  .action(async (options: DemoOptions) => {
    const { demo } = await import('./commands/demo.ts')
    process.exitCode = await demo(options)
  })

program
  .command('run')
  .description('Run a model on one input in a browser and print the answer.')
  .requiredOption('--model <model>', 'a folder, an .onnx file, or a hub name or URL')
  .option('--task <task>', 'a Transformers.js task (default: raw tensors)')
  .requiredOption(
    '--input <input>',
    'text; a file (image, .wav, .json tensors); or name=file.pb for each tensor',
    (text, all: string[] = []) => collect(text, all),
  )
  .addOption(new Option('--platform <p>', 'back-end').choices(platforms).default('auto'))
  .addOption(new Option('--dtype <dtype>', 'precision').choices(['fp32', 'fp16', 'q8']).default('fp32'))
  .option(
    '--browsers <kinds>',
    `browsers to use: ${browserKinds.join(', ')}, or the address of one that runs, such as http://127.0.0.1:9222 or firefox@ws://host:3000/ (default: every kind found)`,
    browsers,
  )
  .option('--deadline <seconds>', 'give up after this long', positive, 120)
  .option(
    '--port <n>',
    'port of the host, or with --join the one that the device calls (default: any free one)',
    port,
  )
  .option('--cache <folder>', 'where models and the page are kept')
  .addOption(
    new Option('--join <address>', 'on a device that joins: where to listen, such as 0.0.0.0').conflicts(
      'browsers',
    ),
  )
  .option('--offline', 'never use the network', false)
  .option('--json', 'print one JSON document on standard output', false)
  .action(async (options: RunOptions) => {
    const { run } = await import('./commands/run.ts')
    process.exitCode = await run(options)
  })

program
  .command('join')
  .description('Wait for devices that join by an address, and say who comes, rests and goes.')
  .option('--host <address>', 'where to listen; 0.0.0.0 for devices on the network', '127.0.0.1')
  .option('--port <n>', 'port to listen on (default: any free one)', port)
  .option(
    '--name <name>',
    'a name by which devices reach this machine; again for more',
    (name, all: string[] = []) => collect(hostName(name), all),
  )
  .option('--tls-cert <file>', 'certificate (PEM): without one, devices on the network have no WebGPU')
  .option('--tls-key <file>', 'its private key (PEM)')
  .option('--reusable', 'one address for any number of devices', false)
  .option('--expires <minutes>', 'how long devices may join by it', positive, 15)
  .option('--max-devices <n>', 'devices at the same time', whole, 16)
  .option('--for <seconds>', 'end after this long (default: at Ctrl-C)', positive)
  .option('--cache <folder>', 'where models and the page are kept')
  .option('--json', 'print one JSON document on standard output when it ends', false)
  .action(async (options: JoinOptions, command: Command) => {
    if ((options.tlsCert === undefined) !== (options.tlsKey === undefined))
      command.error('error: --tls-cert and --tls-key go together.')
    const { join } = await import('./commands/join.ts')
    process.exitCode = await join(options)
  })

program
  .command('doctor')
  .description('Say which browsers are here and what really works in each.')
  .option(
    '--browsers <kinds>',
    `only these: ${browserKinds.join(', ')}, or the address of one that runs`,
    browsers,
  )
  .option('--cache <folder>', 'where the page is kept')
  .option('--json', 'print one JSON document on standard output', false)
  .action(async (options: DoctorOptions) => {
    const { doctor } = await import('./commands/doctor.ts')
    process.exitCode = await doctor(options)
  })

program
  .command('stress')
  .description('Load real browsers, with faults on the way if wanted, and account for every request.')
  .option('--models <names>', 'of bert, vit, whisper (default: all three)', names)
  .option('--duration <seconds>', 'how long requests are asked', positive, 30)
  .option('--concurrency <n>', 'closed load: requests at a time', whole, 8)
  .addOption(
    new Option('--rate <n>', 'open load instead: requests each second, whether or not answered')
      .argParser(positive)
      .conflicts('concurrency'),
  )
  .addOption(
    new Option(
      '--trace <file>',
      'open load after recorded arrivals: a CSV file of timestamps, fitted to the duration',
    ).conflicts('concurrency'),
  )
  .option('--seed <n>', 'of the arrivals and the faults', whole, 1)
  .option(
    '--min-connections <n>',
    'browser pages at least (default: 2, or the most where that is less)',
    whole,
  )
  .option('--max-connections <n>', 'browser pages at most', whole, 4)
  .option('--no-adaptive-scaling', 'always as many pages as there may be')
  .option(
    '--browsers <kinds>',
    `browsers to use: ${browserKinds.join(', ')}, or the address of one that runs, such as http://127.0.0.1:9222 or firefox@ws://host:3000/ (default: every kind found)`,
    browsers,
  )
  .addOption(new Option('--platform <p>', 'back-end of the models').choices(platforms).default('auto'))
  .option('--chaos <faults>', `faults to inject: ${faultNames.join(', ')}, or all`, faults, [])
  .option('--chaos-every <seconds>', 'from one fault to the next', positive, 4)
  .option('--deadline <seconds>', 'deadline of a request', positive, 30)
  .option('--max-queue <n>', 'requests that may wait (default: 1000, with --overload 32)', whole)
  .addOption(
    new Option(
      '--overload <times>',
      'instead: measure what the pool can do, ask so many times as much for the duration, and time its recovery',
    )
      .argParser(positive)
      .conflicts(['soak', 'rate', 'concurrency', 'trace', 'chaos', 'minConnections', 'compare', 'html']),
  )
  .addOption(
    new Option(
      '--soak <minutes>',
      'a long open load (2 a second, or --rate): is memory flat? With --html as charts',
    )
      .argParser(positive)
      .conflicts(['duration', 'concurrency', 'trace', 'minConnections']),
  )
  .option('--compare <report>', 'an earlier --json report; a high regression exits with 1')
  .option('--html <file>', 'write the report as a page with charts, too')
  .option('--cache <folder>', 'where models and the page are kept')
  .option('--json', 'print one JSON document on standard output', false)
  .action(async (options: StressOptions, command: Command) => {
    const { minConnections, maxConnections } = options
    if (minConnections !== undefined && minConnections > maxConnections)
      command.error(
        `error: --min-connections (${minConnections}) is above --max-connections (${maxConnections}).`,
      )
    const { stress } = await import('./commands/stress.ts')
    process.exitCode = await stress(options)
  })

for (const command of [program, ...program.commands]) {
  const name = command === program ? 'shoal' : `shoal ${command.name()}`
  command.configureOutput({
    outputError: (text, write) =>
      write(`${text.trim().replace(/\s*\n\s*/g, ' ')} (${name} --help says what there is)\n`),
  })
}

guardOutput()

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else {
    process.stderr.write(`shoal: ${lineOf(error)}\n`)
    process.exitCode = exitCodeOf(error)
  }
}

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above 0.')
  return value
}

function whole(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number of at least 1.')
  return value
}

function port(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value <= 65_535)) throw new InvalidArgumentError('It must be a port: 0 (any free one) to 65535.')
  return value
}

/** It stands in the address that devices open. */
function hostName(text: string): string {
  const label = '[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?'
  if (text.length > 253 || !new RegExp(`^(${label}(\\.${label})*|\\[[0-9a-f:.]+\\])$`, 'i').test(text))
    throw new InvalidArgumentError('It must be a name or an address alone, such as box.local.')
  return text
}

function browsers(text: string): BrowserChoice[] {
  return text.split(',').map(part => {
    const [, kind, connect] = /^(?:([a-z]+)@)?((?:https?|wss?):\/\/.*)$/.exec(part.trim()) ?? []
    if (connect === undefined) return kindOf(part.trim())
    return kind === undefined ? { connect } : { connect, kind: kindOf(kind) }
  })
}

function kindOf(text: string): BrowserKind {
  const kind = browserKinds.find(known => known === text)
  if (kind === undefined) throw new InvalidArgumentError(`"${text}" is none of ${browserKinds.join(', ')}.`)
  return kind as BrowserKind
}

function names(text: string): string[] {
  return text.split(',').map(name => name.trim())
}

function faults(text: string): FaultName[] {
  const known: readonly string[] = [...faultNames, 'all']
  const asked = names(text)
  const unknown = asked.find(name => !known.includes(name))
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of ${known.join(', ')}.`)
  return faultNames.filter(name => asked.includes(name) || asked.includes('all'))
}

function collect(text: string, all: string[]): string[] {
  return [...all, text]
}

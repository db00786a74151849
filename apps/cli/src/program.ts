// The `shoal` command's words: which commands there are, what each takes, and what its help says. Each command's own code,
// and all that it needs, is loaded when it is called: `shoal --help` loads none of it.

import { Command, Help, Option } from 'commander'
import type { DemoOptions } from './commands/demo.ts'
import type { DoctorOptions } from './commands/doctor.ts'
import type { JoinOptions } from './commands/join.ts'
import type { RunOptions } from './commands/run.ts'
import type { StressOptions } from './commands/stress.ts'
import { browsersOption, cacheOption, jsonOption, platformOption, portOption } from './options/shared.ts'
import { collect, faults, hostName, names, positive, whole } from './options/values.ts'
import { faultNames } from './stress/chaos/Fault.ts'
import { meaninglessIn } from './stress/meaningless.ts'
import { version } from './version.ts'

export const program = new Command('shoal')
  .description('Real browsers as one supervised inference machine.')
  .version(version)
  .exitOverride()
  .configureHelp({
    // That a switch is off, and a list empty, goes without saying.
    optionDescription: option =>
      new Help().optionDescription(option).replace(/ \(default: (false|\[\])\)$/, ''),
  })

program
  .command('demo')
  .description('Run three kinds of model in real browsers, kill one of them, and prove every answer right.')
  .option('--duration <seconds>', 'how long the workload runs', positive, 20)
  .option('--max-connections <n>', 'browser pages at most', whole, 4)
  .addOption(browsersOption())
  .addOption(platformOption('the three models'))
  .addOption(portOption('port of the host that the pages call'))
  .addOption(cacheOption())
  .addOption(jsonOption())
  .addHelpText('after', examples('shoal demo --duration 60', 'shoal demo --browsers firefox --json'))
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
    'text, or a file: an image (.png .jpg .webp .gif .bmp), a sound (.wav), text (.txt); without --task tensors: name=file.pb for each, or one .json file. Again for more',
    collect,
  )
  .addOption(platformOption('the model'))
  .addOption(
    new Option('--dtype <dtype>', 'precision of the model’s file')
      .choices(['fp32', 'fp16', 'q8'])
      .default('fp32'),
  )
  .addOption(browsersOption())
  .option('--deadline <seconds>', 'give up after this long', positive, 120)
  .addOption(portOption('port of the host that the page calls, with --join the device'))
  .addOption(cacheOption())
  .addOption(
    new Option(
      '--join <address>',
      'wait for another device and run the model there; the address to listen on, such as 0.0.0.0',
    ).conflicts('browsers'),
  )
  .option('--offline', 'never use the network', false)
  .addOption(jsonOption())
  .addHelpText(
    'after',
    examples(
      'shoal run --model Xenova/all-MiniLM-L6-v2 --task feature-extraction --input "Two fish."',
      'shoal run --model ./model.onnx --input tensors.json --platform wasm --json',
    ),
  )
  .action(async (options: RunOptions) => {
    const { run } = await import('./commands/run.ts')
    process.exitCode = await run(options)
  })

program
  .command('join')
  .description(
    'Show an address and QR code for other devices to join, and report as they connect and leave. Runs no model: see shoal run --join.',
  )
  .option('--host <address>', 'where to listen; 0.0.0.0 for devices on the network', '127.0.0.1')
  .addOption(portOption('port to listen on'))
  .option(
    '--name <name>',
    'a name by which devices reach this machine; again for more',
    (name, all: readonly string[] = []) => collect(hostName(name), all),
  )
  .option('--tls-cert <file>', 'certificate (PEM): without one, devices on the network have no WebGPU')
  .option('--tls-key <file>', 'its private key (PEM)')
  .option('--reusable', 'one address for any number of devices', false)
  .option('--expires <minutes>', 'minutes until the address stops working', positive, 15)
  .option('--max-devices <n>', 'devices at the same time', whole, 16)
  .option('--for <seconds>', 'end after this long (default: at Ctrl-C)', positive)
  .option(
    '--address-file <file>',
    'write the address into this file as well, for a program to read; only you may read it, since who has it may join',
  )
  .addOption(cacheOption('the page is'))
  .addOption(jsonOption(' when it ends'))
  .addHelpText(
    'after',
    examples(
      'shoal join --host 0.0.0.0 --name box.local --reusable',
      'shoal join --host 0.0.0.0 --tls-cert box.pem --tls-key box.key --for 3600 --json',
    ),
  )
  .action(async (options: JoinOptions, command: Command) => {
    if ((options.tlsCert === undefined) !== (options.tlsKey === undefined))
      command.error('error: --tls-cert and --tls-key go together.')
    const { join } = await import('./commands/join.ts')
    process.exitCode = await join(options)
  })

program
  .command('doctor')
  .description('Say which browsers are here and what really works in each.')
  .addOption(browsersOption('browsers to look at'))
  .addOption(cacheOption('the page is'))
  .addOption(jsonOption())
  .addHelpText('after', examples('shoal doctor', 'shoal doctor --browsers chromium,firefox --json'))
  .action(async (options: DoctorOptions) => {
    const { doctor } = await import('./commands/doctor.ts')
    process.exitCode = await doctor(options)
  })

program
  .command('stress')
  .description('Load real browsers, with faults on the way if wanted, and account for every request.')
  .option('--models <names>', 'which test models to load: bert, vit, whisper (default: all)', names)
  .option('--duration <seconds>', 'how long requests are asked', positive, 30)
  .option('--concurrency <n>', 'closed load: requests at a time', whole, 8)
  .addOption(
    new Option(
      '--rate <n>',
      'open load: requests each second, whether or not answered; with --trace, the highest mean rate: a denser trace is thinned',
    )
      .argParser(positive)
      .conflicts('concurrency'),
  )
  .addOption(
    new Option(
      '--trace <file>',
      'open load after recorded arrivals: a CSV file of timestamps, fitted to the duration',
    ).conflicts('concurrency'),
  )
  .option('--seed <n>', 'seed for random arrivals and faults', whole, 1)
  .option(
    '--min-connections <n>',
    'browser pages at least (default: 2, or the most where that is less)',
    whole,
  )
  .option('--max-connections <n>', 'browser pages at most', whole, 4)
  .option('--no-adaptive-scaling', 'always as many pages as there may be')
  .addOption(browsersOption())
  .addOption(platformOption('the models'))
  .option('--chaos <faults>', `faults to inject: ${faultNames.join(', ')}, or all`, faults, [])
  .option('--chaos-every <seconds>', 'seconds from one fault to the next, on the mean', positive, 4)
  .option('--deadline <seconds>', 'seconds that a request may take', positive, 30)
  .option('--max-queue <n>', 'requests that may wait (default: 1000, with --overload 32)', whole)
  .addOption(
    new Option(
      '--overload <times>',
      'measure capacity, then send that many times as much for --duration and time the recovery',
    )
      .argParser(positive)
      .conflicts(['soak', 'rate', 'concurrency', 'trace', 'chaos', 'minConnections', 'compare']),
  )
  .addOption(
    new Option(
      '--soak <minutes>',
      'run a steady 2 requests/s (or --rate) for so many minutes, and fail if memory grows',
    )
      .argParser(positive)
      .conflicts(['duration', 'concurrency', 'trace', 'minConnections']),
  )
  .option(
    '--compare <report>',
    'an earlier --json report of the same load here; a high regression exits with 1',
  )
  .option('--html <file>', 'write the report as a page with charts, too')
  .addOption(cacheOption())
  .addOption(jsonOption())
  .addHelpText(
    'after',
    examples(
      'shoal stress --duration 120 --chaos all --seed 7 --html report.html',
      'shoal stress --rate 20 --models bert --json > before.json',
    ),
  )
  .action(async (options: StressOptions, command: Command) => {
    const { minConnections, maxConnections } = options
    if (minConnections !== undefined && minConnections > maxConnections)
      command.error(
        `error: --min-connections (${minConnections}) is above --max-connections (${maxConnections}).`,
      )
    const meaningless = meaninglessIn(givenTo(command))
    if (meaningless !== undefined) command.error(`error: ${meaningless}`)
    const { stress } = await import('./commands/stress.ts')
    process.exitCode = await stress(options)
  })

for (const command of [program, ...program.commands]) {
  const name = command === program ? 'shoal' : `shoal ${command.name()}`
  command.configureOutput({
    outputError: (text, write) => write(`${text.trim().replace(/\s*\n\s*/g, ' ')} (see ${name} --help)\n`),
  })
}

function examples(...lines: readonly string[]): string {
  return ['', 'Examples:', ...lines.map(line => `  ${line}`)].join('\n')
}

/** The long names of what stands on the command line. */
function givenTo(command: Command): ReadonlySet<string> {
  const given = command.options.filter(
    option => command.getOptionValueSource(option.attributeName()) === 'cli',
  )
  return new Set(given.map(({ long }) => long ?? ''))
}

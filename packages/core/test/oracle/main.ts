// `npm run oracle -- --scripts 10000 --seed 1`: runs that many random supervision scripts on Erlang/OTP and on core,
// and says where they differ. `--script N` shows one script and both traces.

import { parseArgs } from 'node:util'
import { compare } from './Comparison.ts'
import { generateScripts } from './Generator.ts'
import { findErl } from './Otp.ts'

const { values } = parseArgs({
  options: {
    scripts: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    script: { type: 'string' },
  },
})
const wholes = (['scripts', 'seed', 'script'] as const).filter(name => values[name] !== undefined)
const wrong = wholes.find(name => !/^\d+$/.test(values[name] ?? ''))
if (wrong !== undefined) {
  process.stderr.write(`oracle: --${wrong} ${values[wrong]} is no whole number\n`)
  process.exit(2)
}

const say = (line: string) => void process.stdout.write(`${line}\n`)
const erl = findErl()
if (erl === undefined) {
  say('no Erlang here: install erlang-base, or set SHOAL_ERL to the path of erl')
  process.exitCode = 1
} else {
  const began = performance.now()
  const seed = Number(values.seed)
  const only = values.script === undefined ? undefined : Number(values.script)
  const all = generateScripts(seed, only === undefined ? Number(values.scripts) : only + 1)
  const scripts = only === undefined ? all : all.slice(only)
  say(`oracle: ${scripts.length} scripts, seed ${seed}`)
  const { divergences, coverage, steps } = await compare(erl, scripts, done => {
    if (scripts.length > done) process.stderr.write(`oracle: ${done} scripts done\n`)
  })
  for (const { script, step, otp, core } of divergences.slice(0, 10)) {
    say(
      `script ${script.index} differs at step ${step} (npm run oracle -- --seed ${seed} --script ${script.index})`,
    )
    say(
      `  step: ${step === 0 ? `start ${JSON.stringify(script.arms)}` : JSON.stringify(script.steps[step - 1])}`,
    )
    say(`  otp:  ${JSON.stringify(otp)}`)
    say(`  core: ${JSON.stringify(core)}`)
  }
  if (only !== undefined) say(JSON.stringify(scripts, null, 1))
  for (const line of coverage.lines()) say(line)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  say(
    `${divergences.length} divergences in ${scripts.length} scripts, ${steps} steps, ${seconds} s (seed ${seed})`,
  )
  if (only === undefined)
    say(`empty cells: ${coverage.empty.length === 0 ? 'none' : coverage.empty.join(', ')}`)
  process.exitCode = divergences.length === 0 ? 0 : 1
}

// Runs scripts on Erlang/OTP: all of them in one virtual machine, on one scheduler, so that the order of what
// happens is one order.

import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { erlangTerm } from './ErlangTerm.ts'
import { type Script, supervisorsIn, waits } from './Script.ts'
import { promised, type Trace } from './Trace.ts'

const sources = fileURLToPath(new URL('erlang', import.meta.url))

/** The path of `erl`: by SHOAL_ERL, else on the PATH. */
export function findErl(): string | undefined {
  const { SHOAL_ERL: given, PATH: path = '' } = process.env
  if (given !== undefined && given !== '') return existsSync(given) ? given : undefined
  return path
    .split(delimiter)
    .map(folder => join(folder, 'erl'))
    .find(existsSync)
}

interface Line {
  readonly index: number
  readonly disturbed: boolean
  readonly trace: Trace
}

/** The traces, by the index of their scripts. What the machine was too busy to run in time is run again. */
export async function runOnOtp(erl: string, scripts: readonly Script[]): Promise<ReadonlyMap<number, Trace>> {
  const traces = new Map<number, Trace>()
  let left = scripts
  for (let attempt = 0; left.length > 0 && attempt < 6; attempt++) {
    const lines = await runOnce(erl, left)
    for (const { index, disturbed, trace } of lines) if (!disturbed) traces.set(index, trace)
    left = left.filter(({ index }) => !traces.has(index))
  }
  if (left.length > 0) {
    const which = left.map(({ index }) => index).join(', ')
    throw new Error(`this machine is too busy to run scripts within a second of OTP's window: ${which}`)
  }
  for (const script of scripts) {
    const trace = traces.get(script.index) ?? []
    const supervisors = supervisorsIn(script)
    traces.set(
      script.index,
      trace.map(step => promised(step, supervisors)),
    )
  }
  return traces
}

async function runOnce(erl: string, scripts: readonly Script[]): Promise<readonly Line[]> {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-oracle-'))
  try {
    const [from, to] = [join(folder, 'scripts.term'), join(folder, 'traces.jsonl')]
    const terms = scripts.map(script => `${erlangTerm({ ...script, waits: waits(script) })}.\n`)
    writeFileSync(from, terms.join(''))
    const modules = readdirSync(sources).filter(name => name.endsWith('.erl'))
    const load = modules.map(
      name =>
        `{ok,${name.slice(0, -4)},B${name.slice(0, -4)}}=compile:file(${JSON.stringify(join(sources, name))},[binary,report]),` +
        `{module,_}=code:load_binary(${name.slice(0, -4)},"${name}",B${name.slice(0, -4)})`,
    )
    const program = `${load.join(',')},oracle_main:main(${JSON.stringify(from)},${JSON.stringify(to)}),halt(0).`
    await execute(erl, ['+S', '1:1', '-noshell', '-noinput', '-eval', program])
    const text = readFileSync(to, 'utf8')
    return text
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function execute(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', chunk => {
        said += chunk
      })
    }
    child.once('error', reject)
    child.once('exit', code => {
      if (code === 0) resolve()
      else reject(new Error(`erl ended with ${code}: ${said.slice(0, 4000)}`))
    })
  })
}

// The report of `shoal doctor` as text for people: the machine, a table of browsers, then each browser's lines.

import { tableOf } from '../output/table.ts'
import { type BrowserReport, backends } from './BrowserReport.ts'
import type { MachineReport } from './machineReport.ts'

type Works = Extract<BrowserReport, { readonly state: 'works' }>

export function render(machine: MachineReport, reports: readonly BrowserReport[]): string {
  return [...machineLines(machine), '', summary(reports), ...reports.flatMap(linesOf)].join('\n')
}

function machineLines(machine: MachineReport): string[] {
  const { gpus } = machine
  const gpu =
    gpus === undefined
      ? 'not asked on this system'
      : gpus.map(one => `${one.vendor} (${one.device})`).join(', ') || 'none'
  return [
    `${machine.system}, Node ${machine.node}, ${cores(machine)}, ${memory(machine)}`,
    `GPU: ${gpu} · display: ${machine.display ? 'yes' : 'no'} · Chromium’s sandbox: ${machine.chromiumSandbox}`,
    ...machine.advice.map(line => `  → ${line}`),
  ]
}

function summary(reports: readonly BrowserReport[]): string {
  const rows = reports.map(report => {
    const name = `${report.kind} ${report.version}`.trim()
    if (report.state !== 'works')
      return [name, 'way' in report ? report.way : '–', stateOf(report), '–', '–', '–', '–', '–', '–']
    const { wasm, webgpu } = report.backends
    return [
      name,
      report.way,
      stateOf(report),
      wasm.ran ? 'yes' : 'no',
      webgpu.ran ? (webgpu.adapter?.software ? 'software' : 'hardware') : 'no',
      backends.filter(one => one.startsWith('webnn') && report.backends[one].ran).join(' ') || 'no',
      report.threads,
      report.memoryBytes === undefined ? '–' : megabytes(report.memoryBytes),
      `${(report.readyMs / 1000).toFixed(1)} s`,
    ]
  })
  return tableOf(
    ['browser', 'held by', 'state', 'WASM', 'WebGPU', 'WebNN', 'threads', 'memory', 'ready in'],
    rows,
  )
}

function stateOf(report: BrowserReport): string {
  const marks = [
    report.optional && 'optional',
    report.state === 'works' && report.unverified.length > 0 && 'unverified',
  ]
  return [report.state, ...marks.filter(Boolean)].join(', ')
}

function linesOf(report: BrowserReport): string[] {
  const where =
    report.found === ''
      ? ''
      : ` · ${report.found} (${[report.source, report.channel].filter(Boolean).join(', ')})`
  const advice = report.advice.map(line => `  → ${line}`)
  const title = `${report.kind} ${report.version}`.trim()
  if (report.state !== 'works') return ['', `${title}${where}`, ...advice]
  return ['', `${title}${where}`, ...detail(report), ...report.warnings.map(line => `  ! ${line}`), ...advice]
}

function detail(report: Works): string[] {
  const { capabilities } = report
  const line = (name: string, text: string) => `  ${name.padEnd(11)}${text}`
  const held = [report.way, report.headless ? 'headless' : 'visible', `sandbox ${report.sandbox}`].join(', ')
  const page = [
    report.isolated ? 'isolated' : 'not isolated',
    `${capabilities.cores} cores`,
    capabilities.memoryGb === undefined ? undefined : `says ${capabilities.memoryGb} GB of memory`,
  ]
  return [
    line('held by', held),
    line('page', page.filter(Boolean).join(', ')),
    ...backends.map(backend => line(backend, ranOf(report, backend))),
    ...(report.unverified.length > 0 ? [line('unverified', report.unverified.join(', '))] : []),
  ]
}

function ranOf(report: Works, backend: (typeof backends)[number]): string {
  const tried = report.backends[backend]
  if (!tried.ran) return `no: ${tried.reason}`
  const { adapter } = tried
  const name =
    adapter &&
    (adapter.description ||
      [adapter.vendor, adapter.architecture].filter(Boolean).join(' ') ||
      'unnamed adapter')
  const on = adapter ? ` on ${name} (${adapter.software ? 'software' : 'hardware'})` : ''
  const threads = backend === 'wasm' ? `, ${tried.threads} ${tried.threads === 1 ? 'thread' : 'threads'}` : ''
  return `ran a graph${on}${threads}`
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`
function cores({ cores, coresAre }: MachineReport): string {
  return `${Number(cores.toFixed(2))} cores${limitedBy(coresAre)}`
}

function memory({ memoryBytes, memoryIs }: MachineReport): string {
  return `${(memoryBytes / 2 ** 30).toFixed(1)} GiB of memory${limitedBy(memoryIs)}`
}

/** Said where it is not the machine's own. */
function limitedBy(source: MachineReport['memoryIs']): string {
  return source === 'system' ? '' : ` (container, ${source})`
}

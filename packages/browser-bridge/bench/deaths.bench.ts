// How soon each death is noticed and mended, in real browsers: the rows of the table that the tests hold to
// (test/integration/deaths/rows.ts), beside what the same browser takes without us (BareDeaths.ts). The beat limits are
// the stage's short ones; a closed socket is noticed without any.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Bench, BenchContext, Row } from '@shoal/tools/bench'
import { sampleOf } from '@shoal/tools/bench'
import type { FoundBrowser, Rung } from '../src/index.ts'
import { type Death, type Kind, type Outcome, of, type Sign } from '../test/integration/deaths/Death.ts'
import { OtherHost } from '../test/integration/deaths/OtherHost.ts'
import { perform } from '../test/integration/deaths/perform.ts'
import { deaths, hangMs } from '../test/integration/deaths/rows.ts'
import { heartbeat, pingMs, Stage, silentMs } from '../test/integration/deaths/Stage.ts'
import { kinds, launch } from '../test/rig/openPage.ts'
import { noTimeFor } from '../test/rig/patience.ts'
import { type BareDeaths, bareDeaths } from './BareDeaths.ts'

const rounds = 3

/** What a silence of so many beats can be noticed at, at the latest: the look after the last one that was missed. */
const silenceMs = silentMs + 2 * heartbeat.beatMs
const aims: Readonly<Record<Exclude<Sign, 'nothing'>, { readonly ms: number; readonly text: string }>> = {
  close: { ms: 50, text: 'at most 50 ms: a socket closes (of a process, from its end)' },
  said: { ms: 50, text: 'at most 50 ms' },
  dialled: { ms: silenceMs, text: `at most ${silenceMs} ms: ${heartbeat.missedBeats} beats and two more` },
  silence: { ms: silenceMs, text: `at most ${silenceMs} ms: ${heartbeat.missedBeats} beats and two more` },
  unanswered: {
    ms: silenceMs + pingMs,
    text: `at most ${silenceMs + pingMs} ms: ${heartbeat.missedBeats} beats and two more, and a ping that has ${pingMs} ms`,
  },
  main: {
    ms: heartbeat.mainMs + 2 * heartbeat.beatMs,
    text: `at most ${heartbeat.mainMs + 2 * heartbeat.beatMs} ms: the limit of a main thread and two beats`,
  },
  work: {
    ms: hangMs + silenceMs,
    text: `at most ${hangMs + silenceMs} ms: a deadline of ${hangMs} ms, ${heartbeat.missedBeats} beats and two more`,
  },
}

export const bench: Bench = {
  name: 'deaths',
  description:
    'each death of the table: time to notice and to be ready again, beside what the browser itself takes',
  parts: { chromium: 'the deaths in Chromium', firefox: 'the deaths in Firefox' },
  async run(context) {
    const rows: Row[] = []
    for (const { kind, found } of kinds) {
      if (context.only?.has(kind) === false) continue
      if (found === undefined) context.progress(`${kind}: skipped, there is none on this machine`)
      else rows.push(...(await measure(context, kind, found)))
    }
    return rows
  },
}

async function measure(context: BenchContext, kind: Kind, found: FoundBrowser): Promise<Row[]> {
  const where = `${kind} ${found.version.split('.')[0]}`
  const launchMs = await bareLaunch(kind, found)
  await using rig = new AsyncDisposableStack()
  const stage = await Stage.start(rig, found)
  await stage.whole()
  const floors: Floors = { ...(await bareDeaths(stage.browser, rounds)), launchMs }
  context.progress(`${where}: bare: ${JSON.stringify(floors)}`)
  const rows: Row[] = []
  for (const death of deaths) {
    const reason = leftOut(death, kind)
    if (reason !== undefined) {
      context.progress(`${where}: ${death.name}: left out, ${reason}`)
      continue
    }
    const outcomes: Outcome[] = []
    for (let round = 0; round < rounds; round++) {
      const outcome = await perform(stage, death, kind).catch((error: unknown) => {
        context.progress(`${where}: ${death.name}: ${error instanceof Error ? error.message : String(error)}`)
      })
      if (outcome !== undefined) outcomes.push(outcome)
      if (outcome === undefined || death.wearsOut === true) await stage.freshBrowser()
    }
    rows.push(...rowsOf(where, kind, death, outcomes, floors))
    const why = death.because === undefined ? '' : ` (${death.because})`
    const each = outcomes.map(({ rung, noticedMs, readyMs }) =>
      noticedMs === undefined ? rung : `${rung} ${Math.round(noticedMs)} + ${Math.round(readyMs ?? 0)} ms`,
    )
    context.progress(`${where}: ${death.name}: ${each.join(', ')}${why}`)
  }
  return [...rows, ...(await hostPause(where, found))]
}

/** What takes half a minute is measured whatever time the tests have; gigabytes are asked for by name. */
const leftOut = ({ skip, takes }: Death, kind: Kind): string | undefined =>
  skip?.[kind] ?? (takes === 'long' ? noTimeFor(takes) : undefined)

interface Floors extends BareDeaths {
  readonly launchMs: number
}

interface Floor {
  readonly beside: string
  readonly besideValue: number
}

const floor = (beside: string, besideValue: number | undefined): Floor | undefined =>
  besideValue === undefined ? undefined : { beside, besideValue }

/** What the browser itself takes for the step that mends it. */
function readyFloor(rung: Rung, { backend = 'wasm' }: Death, floors: Floors): Floor | undefined {
  const { dialMs, wasmMs, webgpuMs, reloadMs, pageMs, launchMs } = floors
  if (rung === 'lane' && backend === 'webgpu') return floor('a bare worker and its session', webgpuMs)
  if (rung === 'lane') return floor('a bare worker and its session', wasmMs)
  if (rung === 'reconnect') return floor('a bare socket dialled', dialMs)
  if (rung === 'reload') return floor('a bare page loaded again, a worker and its session', reloadMs)
  if (rung === 'page') return floor('a bare page, a worker and its session', pageMs)
  return floor('a bare launch and its first page', launchMs)
}

/** What the browser itself takes to tell of it, where that is more than nothing. */
function noticeFloor({ toldLike }: Death, floors: Floors): Floor | undefined {
  if (toldLike === 'close') return floor('a bare page that is closed', floors.closeMs)
  if (toldLike === 'throw') return floor('a bare worker that throws', floors.throwMs)
  if (toldLike === 'lose') return floor('a bare page that loses its device', floors.loseMs)
  return undefined
}

function rowsOf(
  where: string,
  kind: Kind,
  death: Death,
  outcomes: readonly Outcome[],
  floors: Floors,
): Row[] {
  const rung = of(death.rung, kind)
  const sign = of(death.sign, kind)
  const name = `${where} · ${death.name}`
  const everyTime = (what: string, right: number, n = rounds): Row => ({
    name: `${name} · ${what}`,
    value: right,
    unit: 'times',
    n,
    aim: 'every time',
    met: right === n,
  })
  const shares = of(death.sibling, kind) === 'shares it'
  const untouched = outcomes.filter(outcome => outcome.siblingUntouched).length
  const failed = outcomes.flatMap(({ end }) => (end === undefined || end.tag === 'answered' ? [] : [end]))
  const counts = [
    everyTime(`mended by: ${rung}`, outcomes.filter(outcome => outcome.rung === rung).length),
    ...(shares ? [] : [everyTime('page beside it untouched', untouched)]),
    ...(failed.length === 0
      ? []
      : [
          everyTime(
            'may be run again',
            failed.filter(({ mayRunAgain }) => mayRunAgain === true).length,
            failed.length,
          ),
        ]),
  ]
  const noticedMs = outcomes.flatMap(outcome => outcome.noticedMs ?? [])
  const readyMs = outcomes.flatMap(outcome => outcome.readyMs ?? [])
  if (sign === 'nothing' || rung === 'none' || noticedMs.length === 0 || readyMs.length === 0) return counts
  const told = noticeFloor(death, floors)
  const aim = aims[sign]
  const limitMs = aim.ms + (told?.besideValue ?? 0)
  const text = told === undefined ? aim.text : `at most ${aim.ms} ms over ${told.beside}`
  return [
    ...counts,
    { ...timed(`${name} · noticed`, noticedMs, told), aim: text, met: sampleOf(noticedMs).median <= limitMs },
    timed(`${name} · ready again`, readyMs, readyFloor(rung, death, floors)),
  ]
}

function timed(name: string, values: readonly number[], beside: Floor | undefined): Row {
  const { median: value, n, spread } = sampleOf(values)
  const ratio = beside === undefined ? {} : { ...beside, ratio: value / beside.besideValue }
  return { name, value, unit: 'ms', n, spread, ...ratio }
}

const hostPausedMs = 20_000

/** A host of its own is stopped for so long: nobody may be found dead, and the next answer comes at once. */
async function hostPause(where: string, found: FoundBrowser): Promise<Row[]> {
  await using host = new OtherHost(found)
  await host.says()
  await host.stop(hostPausedMs)
  const { downs, recoveries, failures, pausedMs, nextAnswerMs } = await host.report()
  const name = `${where} · the host stands still for ${hostPausedMs / 1000} s`
  const dead = downs.length + recoveries.length + failures.length
  return [
    {
      name: `${name} · found dead, mended or failed`,
      value: dead,
      unit: 'times',
      n: 1,
      aim: 'none',
      met: dead === 0,
    },
    { name: `${name} · its pause`, value: pausedMs, unit: 'ms', n: 1 },
    ...(nextAnswerMs === undefined
      ? []
      : [{ name: `${name} · next answer after it`, value: nextAnswerMs, unit: 'ms', n: 1 }]),
  ]
}

/** The driver alone, an empty page, nothing of ours. */
async function bareLaunch(kind: Kind, found: FoundBrowser): Promise<number> {
  const server = createServer((_request, response) => response.end('<!doctype html><p>empty</p>'))
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const launches: number[] = []
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    const browser = await launch({ kind, found, title: kind })
    const page = await browser.newPage()
    await page.goto(url)
    launches.push(performance.now() - start)
    await browser.close()
  }
  server.closeAllConnections()
  await new Promise(done => server.close(done))
  return sampleOf(launches).median
}

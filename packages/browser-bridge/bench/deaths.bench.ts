// How soon each death is noticed and mended, in real browsers: the rows of the table that the tests hold to
// (test/integration/deaths/rows.ts), beside what nobody can do without: a bare launch and a bare reload. The beat limits
// are the stage's short ones; a closed socket is noticed without any.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Bench, BenchContext, Row } from '@shoal/tools/bench'
import { sampleOf } from '@shoal/tools/bench'
import type { BrowserContext } from 'playwright-core'
import type { FoundBrowser } from '../src/index.ts'
import { type Death, type Kind, type Outcome, of, type Sign } from '../test/integration/deaths/Death.ts'
import { perform } from '../test/integration/deaths/perform.ts'
import { deaths, hangMs } from '../test/integration/deaths/rows.ts'
import { heartbeat, pingMs, Stage, silentMs } from '../test/integration/deaths/Stage.ts'
import { kinds, launch } from '../test/rig/openPage.ts'

const rounds = 5

/** What a silence of so many beats can be noticed at, at the latest: the look after the last one that was missed. */
const silenceMs = silentMs + 2 * heartbeat.beatMs
const aims: Readonly<Record<Exclude<Sign, 'nothing'>, { readonly ms: number; readonly text: string }>> = {
  close: { ms: 50, text: 'at most 50 ms: a socket closes (of a process, from its end)' },
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
    'each death of the table: time to notice and to be ready again, beside a bare launch and reload',
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
  const floors = await bareTimes(kind, found)
  context.progress(
    `${where}: a bare launch ${Math.round(floors.launchMs)} ms, a reload ${Math.round(floors.reloadMs)} ms`,
  )
  await using rig = new AsyncDisposableStack()
  const stage = await Stage.start(rig, found)
  const rows: Row[] = []
  for (const death of deaths) {
    if (death.skip?.[kind] !== undefined) {
      context.progress(`${where}: ${death.name}: skipped, ${death.skip[kind]}`)
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
  return rows
}

interface Floors {
  readonly launchMs: number
  readonly reloadMs: number
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
  const right = outcomes.filter(outcome => outcome.rung === rung).length
  const least: Row = {
    name: `${name} · mended by: ${rung}`,
    value: right,
    unit: 'times',
    n: rounds,
    aim: 'every time',
    met: right === rounds,
  }
  const noticedMs = outcomes.flatMap(outcome => outcome.noticedMs ?? [])
  const readyMs = outcomes.flatMap(outcome => outcome.readyMs ?? [])
  if (sign === 'nothing' || noticedMs.length === 0 || readyMs.length === 0) return [least]
  const noticed = sampleOf(noticedMs)
  const ready = sampleOf(readyMs)
  const floor = rung === 'browser' ? floors.launchMs : floors.reloadMs
  return [
    least,
    {
      name: `${name} · noticed`,
      value: noticed.median,
      unit: 'ms',
      n: noticed.n,
      spread: noticed.spread,
      aim: aims[sign].text,
      met: noticed.median <= aims[sign].ms,
    },
    {
      name: `${name} · ready again`,
      value: ready.median,
      unit: 'ms',
      beside: rung === 'browser' ? 'a bare launch and its first page' : 'a bare reload',
      besideValue: floor,
      ratio: ready.median / floor,
      n: ready.n,
      spread: ready.spread,
    },
  ]
}

/** The driver alone, an empty page, nothing of ours. */
async function bareTimes(kind: Kind, found: FoundBrowser): Promise<Floors> {
  const server = createServer((_request, response) => response.end('<!doctype html><p>empty</p>'))
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const launches: number[] = []
  const reloads: number[] = []
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    const browser = await launch({ kind, found, title: kind })
    const context: BrowserContext = await browser.newContext()
    const page = await context.newPage()
    await page.goto(url)
    launches.push(performance.now() - start)
    const again = performance.now()
    await page.reload()
    reloads.push(performance.now() - again)
    await browser.close()
  }
  server.closeAllConnections()
  await new Promise(done => server.close(done))
  return { launchMs: sampleOf(launches).median, reloadMs: sampleOf(reloads).median }
}

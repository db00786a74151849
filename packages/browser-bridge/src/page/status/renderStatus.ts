// Draws the link's status into the page. Everything it shows comes through textContent: names of models and messages
// of hosts are nobody's markup.

import type { Backend, Capabilities } from '../../protocol/messages.ts'
import type { DeviceNotes, LaneStatus, LinkStatus } from '../innerMessages.ts'
import { qrCode } from './qrCode.ts'
import {
  type Advice,
  adapterLabel,
  adviceFor,
  asSentence,
  backendRows,
  forHowLong,
  headline,
  laneLine,
} from './statusText.ts'

/** What the page knows besides its link. */
export interface Surroundings {
  readonly secure: boolean
  readonly notes: DeviceNotes | undefined
  /** By which other devices may join, where this one came by it. */
  readonly joinUrl: string | undefined
}

const set = (document: Document, id: string, text: string) => {
  const element = document.getElementById(id)
  if (element !== null && element.textContent !== text) element.textContent = text
}

const show = (document: Document, id: string, shown: boolean) => {
  const element = document.getElementById(id)
  if (element !== null) element.hidden = !shown
}

/** A page that nobody invited: it says how to get in, and has nothing to call. */
export function renderUninvited(document: Document): void {
  document.documentElement.dataset['phase'] = 'refused'
  document.documentElement.dataset['mood'] = 'over'
  set(document, 'phase', 'not joined')
  set(document, 'headline', 'This page needs a join address')
  set(document, 'detail', 'Scan the code that the host shows, or open the whole address that it printed.')
  show(document, 'leave', false)
  for (const id of ['lends', 'counts', 'working', 'offers', 'know']) show(document, id, false)
}

export function renderStatus(document: Document, status: LinkStatus, around: Surroundings): void {
  const { browser, capabilities, lanes, phase, detail, jobsDone, device, resting } = status
  const root = document.documentElement
  root.dataset['phase'] = phase
  root.dataset['mood'] = moodOf(status)
  set(document, 'phase', phase)
  set(document, 'headline', headline(status))
  set(document, 'detail', asSentence(phase === 'connected' && resting !== undefined ? resting : detail))
  set(document, 'browser', `${browser.name} ${browser.version}`)
  set(document, 'device', device?.name ?? '')
  show(document, 'device', device !== undefined)
  set(document, 'jobs', String(jobsDone))
  set(document, 'laneCount', String(lanes.length))
  set(document, 'threads', String(capabilities?.threads ?? '–'))
  const isOver = phase === 'ended' || phase === 'left' || phase === 'refused'
  show(document, 'leave', !isOver && phase !== 'leaving')
  show(document, 'again', isOver)
  set(document, 'again', phase === 'refused' ? 'Try again' : 'Join again')
  show(document, 'working', !isOver)
  show(document, 'lends', !isOver)
  show(document, 'keepAwake', !isOver)
  for (const id of ['counts', 'offers']) show(document, id, phase !== 'refused')
  if (capabilities !== undefined) renderBackends(document, capabilities)
  renderLanes(document, lanes)
  renderAdvice(document, adviceFor({ secure: around.secure, capabilities, notes: around.notes }))
  renderAddress(document, status, around.joinUrl)
}

/** The colour of it all. */
const moodOf = ({ phase, resting }: LinkStatus): 'good' | 'wait' | 'bad' | 'over' => {
  if (phase === 'refused') return 'bad'
  if (phase === 'ended' || phase === 'left') return 'over'
  return phase === 'connected' && resting === undefined ? 'good' : 'wait'
}

function renderBackends(document: Document, capabilities: Capabilities): void {
  set(
    document,
    'isolation',
    capabilities.isolated ? `${capabilities.cores} cores` : 'not isolated: one thread only',
  )
  replace(
    document,
    'backends',
    backendRows(capabilities).map(({ backend, works, note, software }) =>
      row(document, works ? 'yes' : 'no', backend, note, works ? (software ? 'software' : 'works') : 'no'),
    ),
  )
}

function renderLanes(document: Document, lanes: readonly LaneStatus[]): void {
  replace(
    document,
    'lanes',
    lanes.map(lane =>
      row(
        document,
        lane.state,
        laneName(lane.lane, lane.backend),
        laneLine(lane, adapterLabel(lane.adapter)),
      ),
    ),
  )
}

function renderAdvice(document: Document, advice: readonly Advice[]): void {
  show(document, 'know', advice.length > 0)
  replace(
    document,
    'advice',
    advice.map(({ kind, text }) => {
      const item = document.createElement('li')
      item.dataset['kind'] = kind
      item.textContent = text
      return item
    }),
  )
}

function renderAddress(document: Document, { device, phase }: LinkStatus, joinUrl: string | undefined): void {
  const others = phase === 'connected' ? device?.othersForMs : undefined
  const shown = others !== undefined && joinUrl !== undefined
  show(document, 'invite', shown)
  const holder = document.getElementById('qr')
  if (!shown || holder === null || holder.childElementCount > 0) return
  holder.replaceChildren(qrCode(document, joinUrl, 'QR code of the address by which another device can join'))
  set(document, 'inviteFor', `It lets others in for ${forHowLong(others)} from when this device joined.`)
}

const laneName = (lane: number, backend: Backend) => `${lane} · ${backend}`

function row(document: Document, state: string, name: string, note: string, badge?: string): HTMLElement {
  const item = document.createElement('li')
  item.dataset['state'] = state
  const strong = document.createElement('strong')
  strong.textContent = name
  const rest = document.createElement('span')
  rest.textContent = note
  item.append(strong, rest)
  if (badge !== undefined) {
    const mark = document.createElement('em')
    mark.textContent = badge
    mark.dataset['badge'] = badge
    item.append(mark)
  }
  return item
}

/** Only where something changed: a screen reader reads again what is put in again. */
function replace(document: Document, id: string, rows: readonly HTMLElement[]): void {
  const list = document.getElementById(id)
  if (list === null) return
  const same =
    list.children.length === rows.length &&
    rows.every((row, at) => row.isEqualNode(list.children[at] ?? null))
  if (!same) list.replaceChildren(...rows)
}

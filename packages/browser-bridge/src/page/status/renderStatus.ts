// Draws the link's status into the page. Everything it shows comes through textContent: names of models and messages
// of hosts are nobody's markup.

import type { Backend, Capabilities } from '../../protocol/messages.ts'
import type { LaneStatus, LinkStatus } from '../innerMessages.ts'
import { adapterLabel, backendRows, laneLine } from './statusText.ts'

const set = (document: Document, id: string, text: string) => {
  const element = document.getElementById(id)
  if (element !== null && element.textContent !== text) element.textContent = text
}

export function renderStatus(document: Document, status: LinkStatus): void {
  const { browser, capabilities, lanes, phase, detail, jobsDone } = status
  document.documentElement.dataset['phase'] = phase
  set(document, 'phase', phase)
  set(document, 'detail', detail)
  set(document, 'browser', `${browser.name} ${browser.version}`)
  set(document, 'jobs', String(jobsDone))
  if (capabilities !== undefined) renderBackends(document, capabilities)
  renderLanes(document, lanes)
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
    backendRows(capabilities).map(({ backend, works, note }) =>
      row(document, works ? 'yes' : 'no', backend, note),
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

const laneName = (lane: number, backend: Backend) => `${lane} · ${backend}`

function row(document: Document, state: string, name: string, note: string): HTMLElement {
  const item = document.createElement('li')
  item.dataset['state'] = state
  const strong = document.createElement('strong')
  strong.textContent = name
  const rest = document.createElement('span')
  rest.textContent = note
  item.append(strong, rest)
  return item
}

function replace(document: Document, id: string, rows: readonly HTMLElement[]): void {
  document.getElementById(id)?.replaceChildren(...rows)
}

// Entry of the page: starts the link worker and, when that asks, the lanes' workers; answers pings, shows what goes
// on. All work happens in workers; this thread is only a witness that the page is alive.

import type { FromLink, ToLink } from './innerMessages.ts'
import { LaneThreads } from './LaneThreads.ts'
import { renderStatus } from './status/renderStatus.ts'

const build = document.documentElement.dataset['build'] ?? ''
const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
const socketUrl = new URL('/link', location.href)
socketUrl.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'

// A variable keeps the bundler from folding the worker's script into this one.
const script = 'link.worker.js'
const link = new Worker(new URL(script, import.meta.url), { type: 'module', name: 'link' })
const tell = (message: ToLink) => link.postMessage(message)
const lanes = new LaneThreads((worker, reason) => tell({ kind: 'laneBroke', worker, reason }))

/** One reload for each build: a host that goes on serving the old page must not make it spin. */
function reloadOnce(): void {
  if (sessionStorage.getItem('shoal-reloaded') === build) return
  sessionStorage.setItem('shoal-reloaded', build)
  location.reload()
}

link.onmessage = (event: MessageEvent<FromLink>) => {
  const message = event.data
  if (message.kind === 'ping') tell({ kind: 'pong' })
  else if (message.kind === 'spawn') lanes.spawn(message.worker, message.port)
  else if (message.kind === 'terminate') lanes.terminate(message.worker)
  else if (message.kind === 'status') renderStatus(document, message.status)
  else reloadOnce()
}

document.getElementById('leave')?.addEventListener('click', () => tell({ kind: 'leave' }))
tell({ kind: 'start', socketUrl: socketUrl.href, token, build })

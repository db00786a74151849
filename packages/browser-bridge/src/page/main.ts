// Entry of the page: keeps the link worker and, when that asks, the lanes' workers; answers pings, shows what goes
// on. All work happens in workers; this thread is only a witness that the page is alive.

import type { FromLink } from './innerMessages.ts'
import { LaneThreads } from './LaneThreads.ts'
import { LinkThread } from './LinkThread.ts'
import { renderStatus } from './status/renderStatus.ts'

const build = document.documentElement.dataset['build'] ?? ''
const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
const socketUrl = new URL('/link', location.href)
socketUrl.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'

// A variable keeps the bundler from folding the worker's script into this one.
const script = 'link.worker.js'
const link = new LinkThread({
  start: { socketUrl: socketUrl.href, token, build },
  spawn: () => new Worker(new URL(script, import.meta.url), { type: 'module', name: 'link' }),
  onMessage: obey,
  onDeath: () => lanes.terminateAll(),
})
const lanes = new LaneThreads((worker, reason) => link.tell({ kind: 'laneBroke', worker, reason }))

/** One reload for each build: a host that goes on serving the old page must not make it spin. */
function reloadOnce(): void {
  if (sessionStorage.getItem('shoal-reloaded') === build) return
  sessionStorage.setItem('shoal-reloaded', build)
  location.reload()
}

function obey(message: FromLink): void {
  if (message.kind === 'ping') link.tell({ kind: 'pong' })
  else if (message.kind === 'spawn') lanes.spawn(message.worker, message.port)
  else if (message.kind === 'terminate') lanes.terminate(message.worker)
  else if (message.kind === 'status') renderStatus(document, message.status)
  else if (message.kind === 'staleBuild') reloadOnce()
}

document.getElementById('leave')?.addEventListener('click', () => link.tell({ kind: 'leave' }))

// Entry of the page: keeps the link worker and, when that asks, the lanes' workers; answers pings, shows what goes
// on. All work happens in workers; this thread is only a witness that the page is alive.

import { watchDevice } from './deviceNotes.ts'
import { freshSecret } from './freshSecret.ts'
import type { DeviceNotes, FromLink, LinkStatus } from './innerMessages.ts'
import { type Invitation, invitationOf, lenient } from './invitation.ts'
import { LaneThreads } from './LaneThreads.ts'
import { LinkThread } from './LinkThread.ts'
import { offerKeepAwake } from './status/keepAwake.ts'
import { renderStatus, renderUninvited } from './status/renderStatus.ts'

const build = document.documentElement.dataset['build'] ?? ''
const storage = { tab: lenient(() => sessionStorage), browser: lenient(() => localStorage) }
const invitation = invitationOf(location.hash, storage.tab, storage.browser, freshSecret)

if (invitation._tag === 'None') renderUninvited(document)
else join(invitation)

function join(as: Exclude<Invitation, { _tag: 'None' }>): void {
  const isDevice = as._tag === 'Join'
  const joinUrl = isDevice && as.token !== '' ? `${location.origin}/#join=${as.token}` : undefined
  // Whoever sees the address may join by it: it does not stay on screen, in the history or in a screenshot.
  if (isDevice) history.replaceState(null, '', '/')
  const socketUrl = new URL(isDevice ? '/join' : '/link', location.href)
  socketUrl.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'

  // A variable keeps the bundler from folding the worker's script into this one.
  const script = 'link.worker.js'
  const link = new LinkThread({
    start: {
      socketUrl: socketUrl.href,
      token: as.token,
      build,
      ...(isDevice ? { device: as.device } : {}),
    },
    spawn: () => new Worker(new URL(script, import.meta.url), { type: 'module', name: 'link' }),
    onMessage: obey,
    onDeath: () => lanes.terminateAll(),
  })
  const lanes = new LaneThreads((worker, reason) => link.tell({ kind: 'laneBroke', worker, reason }))
  let status: LinkStatus | undefined
  let notes: DeviceNotes | undefined

  function obey(message: FromLink): void {
    if (message.kind === 'ping') link.tell({ kind: 'pong' })
    else if (message.kind === 'spawn') lanes.spawn(message.worker, message.port)
    else if (message.kind === 'terminate') lanes.terminate(message.worker)
    else if (message.kind === 'staleBuild') reloadOnce()
    else if (message.kind === 'status') {
      status = message.status
      draw()
    }
  }

  function draw(): void {
    if (status !== undefined) renderStatus(document, status, { secure: isSecureContext, notes, joinUrl })
  }

  if (isDevice) {
    watchDevice(now => {
      notes = now
      link.tell({ kind: 'notes', notes })
      draw()
    })
    offerKeepAwake(document)
  }
  document.getElementById('leave')?.addEventListener('click', () => link.tell({ kind: 'leave' }))
  document.getElementById('again')?.addEventListener('click', () => location.reload())
}

/** One reload for each build: a host that goes on serving the old page must not make it spin. */
function reloadOnce(): void {
  if (storage.tab.getItem('shoal-reloaded') === build) return
  storage.tab.setItem('shoal-reloaded', build)
  location.reload()
}

// Entry of the link worker: probes what this browser can do, then keeps the connection.

import { askHost } from './askHost.ts'
import { browserIdentity } from './browserIdentity.ts'
import type { DeviceNotes, FromLink, StartLink, ToLink } from './innerMessages.ts'
import { LinkClient } from './LinkClient.ts'
import { probe } from './probe.ts'
import { Wire } from './Wire.ts'

const post = (message: FromLink, transfer: MessagePort[] = []) => self.postMessage(message, { transfer })

type Life =
  | { readonly _tag: 'New' }
  | { readonly _tag: 'Probing' }
  | { readonly _tag: 'Linked'; readonly client: LinkClient }
  | { readonly _tag: 'Left' }

let life: Life = { _tag: 'New' }
/** What was noted before there was a link to say it over. */
let notes: DeviceNotes | undefined
const isLeft = () => life._tag === 'Left'

async function start(message: StartLink): Promise<void> {
  life = { _tag: 'Probing' }
  const brands = navigator.userAgentData?.brands.map(({ brand }) => brand)
  const browser = browserIdentity(navigator.userAgent, brands)
  post({
    kind: 'status',
    status: { phase: 'probing', detail: 'trying what this browser can do', browser, lanes: [], jobsDone: 0 },
  })
  const capabilities = await probe()
  const client = new LinkClient({
    start: message,
    browser,
    capabilities,
    post,
    dial: (url, events) => new Wire(url, events),
    ask: askHost,
    origin: location.origin,
  })
  if (isLeft()) return client.leave('this page was left')
  life = { _tag: 'Linked', client }
  if (notes !== undefined) client.note(notes)
  client.connect()
}

self.onmessage = (event: MessageEvent<ToLink>) => {
  const message = event.data
  if (message.kind === 'areYouThere') {
    post({ kind: 'here' })
  } else if (message.kind === 'start') {
    void start(message)
  } else if (message.kind === 'notes' && life._tag !== 'Linked') {
    notes = message.notes
  } else if (message.kind === 'leave') {
    if (life._tag === 'Linked') life.client.leave('this page was left')
    life = { _tag: 'Left' }
  } else if (life._tag === 'Linked') {
    if (message.kind === 'pong') life.client.mainAnswered()
    else if (message.kind === 'notes') life.client.note(message.notes)
    else life.client.laneBroke(message.worker, message.reason)
  }
}

// Entry of the link worker: probes what this browser can do, then keeps the connection.

import { browserIdentity } from './browserIdentity.ts'
import type { FromLink, StartLink, ToLink } from './innerMessages.ts'
import { LinkClient } from './LinkClient.ts'
import { probe } from './probe.ts'

const post = (message: FromLink, transfer: MessagePort[] = []) => self.postMessage(message, { transfer })

let client: LinkClient | undefined
let left = false

async function start(message: StartLink): Promise<void> {
  const brands = navigator.userAgentData?.brands.map(({ brand }) => brand)
  const browser = browserIdentity(navigator.userAgent, brands)
  post({
    kind: 'status',
    status: { phase: 'probing', detail: 'trying what this browser can do', browser, lanes: [], jobsDone: 0 },
  })
  const capabilities = await probe()
  client = new LinkClient(message, browser, capabilities, post)
  if (left) client.leave('this page was left')
  else client.connect()
}

self.onmessage = (event: MessageEvent<ToLink>) => {
  const message = event.data
  if (message.kind === 'start') void start(message)
  else if (message.kind === 'pong') client?.mainAnswered()
  else if (message.kind === 'laneBroke') client?.laneBroke(message.worker, message.reason)
  else {
    left = true
    client?.leave('this page was left')
  }
}

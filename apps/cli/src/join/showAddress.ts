// Says where a device may join: the warnings, the QR code where there is a terminal to show it, the address.

import type { JoinAddress, JoinAddressOptions, PoolJoin } from '@shoal/pool'
import type { Progress } from '../output/Progress.ts'
import { qrText } from './qrText.ts'

export function showAddress(
  door: PoolJoin,
  options: Required<JoinAddressOptions>,
  progress: Pick<Progress, 'say'>,
): JoinAddress {
  const { reusable, expiresMs } = options
  for (const warning of door.warnings) progress.say(`Warning: ${warning}`)
  const address = door.address(options)
  const { url } = address
  if (process.stderr.isTTY) {
    const code = qrText(url, process.stderr.columns)
    progress.say(code === undefined ? 'A wider terminal shows a QR code here.' : `\n${code}`)
  }
  const minutes = Math.ceil(expiresMs / 60_000)
  const within = minutes === 1 ? 'a minute' : `${minutes} minutes`
  progress.say(`Open this on ${reusable ? 'each device' : 'the device'} within ${within}: ${url}`)
  return address
}

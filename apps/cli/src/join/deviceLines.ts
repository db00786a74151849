// What is said of devices as they come, rest and go: one line for each change. Pure.

import type { DeviceInfo } from '@shoal/pool'

const named = ({ id, browser }: DeviceInfo): string => `${id} (${browser.kind} ${browser.version})`

const stateLine: Readonly<Record<DeviceInfo['state'], string>> = {
  working: 'is here',
  resting: 'rests',
  away: 'is away and may come back',
  leaving: 'is leaving',
}

/** What has changed between two looks. */
export function changesOf(before: readonly DeviceInfo[], now: readonly DeviceInfo[]): string[] {
  const former = new Map(before.map(device => [device.id, device]))
  const present = new Set(now.map(device => device.id))
  const lines = now.flatMap(device => {
    const known = former.get(device.id)
    if (known?.state === device.state) return []
    const reason = device.state === 'working' || device.reason === undefined ? '' : `: ${device.reason}`
    const again = device.state === 'working' && known !== undefined ? ' again' : ''
    return [`${named(device)} ${stateLine[device.state]}${again}${reason}`]
  })
  return [...lines, ...before.filter(({ id }) => !present.has(id)).map(device => `${named(device)} has left`)]
}

/** A device that was there, as it was last seen. */
export type SeenDevice = DeviceInfo & {
  /** Whether it went before the end. */
  readonly left: boolean
}

/** Of all that were there, when it is over. */
export function closingLine(seen: readonly SeenDevice[]): string {
  if (seen.length === 0) return 'No device has joined.'
  const answered = seen.reduce((sum, device) => sum + device.answered, 0)
  const devices = seen.length === 1 ? '1 device' : `${seen.length} devices`
  return `${devices} joined, ${answered} ${answered === 1 ? 'request' : 'requests'} answered.`
}

/** All that are there, in one line. */
export function summaryOf(devices: readonly DeviceInfo[]): string {
  if (devices.length === 0) return 'No device has joined.'
  const working = devices.filter(({ state }) => state === 'working').length
  const running = devices.reduce((sum, device) => sum + device.running, 0)
  const answered = devices.reduce((sum, device) => sum + device.answered, 0)
  const count = `${devices.length} ${devices.length === 1 ? 'device' : 'devices'}`
  return `${count}, ${working} ready for work · ${running} running · ${answered} answered`
}

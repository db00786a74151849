// Watches what may put this device to sleep: whether the page is seen, and the battery. It only notes; whether the
// device is to rest is decided by protocol/resting.ts.

import { isHandheld } from './browserIdentity.ts'
import type { DeviceNotes } from './innerMessages.ts'

/** Chromium's alone. */
interface BatteryManager extends EventTarget {
  readonly level: number
  readonly charging: boolean
}

interface BatteryNavigator {
  getBattery?(): Promise<BatteryManager>
  readonly userAgentData?: { readonly mobile?: boolean }
}

/** Tells at once, and whenever something changes. */
export function watchDevice(tell: (notes: DeviceNotes) => void): void {
  const { userAgentData } = navigator as BatteryNavigator
  const handheld = isHandheld(navigator.userAgent, navigator.maxTouchPoints, userAgentData?.mobile)
  let frozen = false
  let battery: BatteryManager | undefined
  const look = () =>
    tell({
      visibility: frozen ? 'frozen' : document.visibilityState === 'hidden' ? 'hidden' : 'visible',
      handheld,
      ...(battery === undefined ? {} : { battery: { level: battery.level, charging: battery.charging } }),
    })
  const freeze = (now: boolean) => () => {
    frozen = now
    look()
  }
  document.addEventListener('visibilitychange', look)
  document.addEventListener('freeze', freeze(true))
  document.addEventListener('resume', freeze(false))
  addEventListener('pagehide', freeze(true))
  addEventListener('pageshow', freeze(false))
  look()
  // A browser may have it and refuse it all the same.
  ;(navigator as BatteryNavigator)
    .getBattery?.()
    .then(found => {
      battery = found
      for (const change of ['levelchange', 'chargingchange']) found.addEventListener(change, look)
      look()
    })
    .catch(() => {})
}

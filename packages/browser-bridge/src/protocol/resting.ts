// When a device is to be given no work, by what it says of itself. Pure; the host decides by it, and the page shows it.
import type { Notes } from './messages.ts'

/** Below this share of its battery a device that is not plugged in is left alone. */
export const lowBattery = 0.15

/** Why the device rests, for people; undefined where it may work. */
export function restReason({ visibility, handheld, battery }: Omit<Notes, 't'>): string | undefined {
  if (visibility === 'frozen') return 'its browser has frozen the page'
  // A desktop browser lets workers of a page in the background run; a phone stops them within seconds or minutes.
  if (visibility === 'hidden' && handheld) return 'the page is not in front, where a phone lets it sleep'
  if (battery !== undefined && !battery.charging && battery.level < lowBattery) {
    return `its battery is at ${Math.round(battery.level * 100)} %`
  }
  return undefined
}

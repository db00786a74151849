// The switch that keeps a phone's screen on while the page is in front. Browsers have it where the page is safe.

/** Shows the switch where it can do something. The lock ends whenever the page is hidden, and is asked for again. */
export function offerKeepAwake(document: Document): void {
  const label = document.getElementById('awakeLabel')
  const box = document.getElementById('awake')
  const lock = (navigator as { readonly wakeLock?: WakeLock }).wakeLock
  if (label === null || !(box instanceof HTMLInputElement) || lock === undefined) return
  label.hidden = false
  let held: WakeLockSentinel | undefined
  const settle = async () => {
    if (!box.checked || document.visibilityState === 'hidden') {
      await held?.release()
      held = undefined
      return
    }
    try {
      held = await lock.request('screen')
    } catch {
      // Refused, for instance because the battery is low: the switch says so.
      box.checked = false
    }
  }
  box.addEventListener('change', () => void settle())
  document.addEventListener('visibilitychange', () => void settle())
}

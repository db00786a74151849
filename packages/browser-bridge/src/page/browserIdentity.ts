// Which browser says it is running, by its user agent. A name for people and for preferences; what the browser can
// do is found by probe, never from here.

import type { BrowserIdentity } from '../protocol/messages.ts'

// Order matters: Edge and Opera also say Chrome, Chrome also says Safari.
const known: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['edge', /\bEdg(?:A|iOS)?\/([\d.]+)/],
  ['opera', /\bOPR\/([\d.]+)/],
  ['firefox', /\b(?:Firefox|FxiOS)\/([\d.]+)/],
  ['chromium', /\bChromium\/([\d.]+)/],
  ['chrome', /\b(?:HeadlessChrome|Chrome|CriOS)\/([\d.]+)/],
  ['safari', /\bVersion\/([\d.]+).*\bSafari\//],
]

/** `brands` (where the browser has them) tell Chromium from Chrome, which the user agent does not. */
export function browserIdentity(userAgent: string, brands: readonly string[] = []): BrowserIdentity {
  for (const [name, pattern] of known) {
    const version = pattern.exec(userAgent)?.[1]
    if (version === undefined) continue
    const plain = name === 'chrome' && brands.includes('Chromium') && !brands.includes('Google Chrome')
    return { name: plain ? 'chromium' : name, version, userAgent }
  }
  return { name: 'unknown', version: '0', userAgent }
}

/** A phone or a tablet. iPads say that they are Macs, but no Mac has a touch screen. */
export function isHandheld(userAgent: string, touchPoints: number, mobile: boolean | undefined): boolean {
  const named = mobile === true || /Mobi|Android|iPhone|iPad/.test(userAgent)
  return named || (/Macintosh/.test(userAgent) && touchPoints > 1)
}

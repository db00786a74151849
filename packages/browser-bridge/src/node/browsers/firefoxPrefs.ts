// What a launched Firefox is told beyond the driver's own preferences: what switches WebGPU on, and what keeps the
// browser from talking to anybody but this machine.

import type { LaunchOptions } from './LaunchOptions.ts'

type FirefoxPrefs = Readonly<Record<string, string | number | boolean>>

const webgpuPrefs = (on: boolean): FirefoxPrefs => ({
  'dom.webgpu.enabled': on,
  'dom.webgpu.workers.enabled': on,
  'gfx.webgpu.ignore-blocklist': true,
})

/** Services that call home by themselves. */
const quietPrefs: FirefoxPrefs = {
  'app.normandy.enabled': false,
  'app.update.auto': false,
  'app.update.background.scheduling.enabled': false,
  'browser.aboutHomeSnippets.updateUrl': '',
  'browser.newtabpage.activity-stream.asrouter.providers.cfr': '',
  'browser.newtabpage.activity-stream.asrouter.providers.message-groups': '',
  'browser.newtabpage.activity-stream.feeds.section.topstories': false,
  'browser.region.network.url': '',
  'browser.region.update.enabled': false,
  'browser.safebrowsing.provider.mozilla.updateURL': '',
  'browser.safebrowsing.provider.google4.updateURL': '',
  'browser.search.geoip.url': '',
  'captivedetect.canonicalURL': '',
  'dom.push.connection.enabled': false,
  'dom.push.serverURL': '',
  'extensions.systemAddon.update.enabled': false,
  'extensions.blocklist.enabled': false,
  'geo.enabled': false,
  'messaging-system.rsexperimentloader.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.dns.disablePrefetch': true,
  'network.predictor.enabled': false,
  'network.prefetch-next': false,
  'network.trr.mode': 5,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'toolkit.telemetry.enabled': false,
  'toolkit.telemetry.server': '',
  'toolkit.telemetry.unified': false,
}

/** A proxy that nobody answers for everything but this machine: what is forgotten above stays on it too. */
const loopbackOnlyPrefs: FirefoxPrefs = {
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
  'network.proxy.no_proxies_on': 'localhost,127.0.0.1,[::1]',
  'network.proxy.allow_hijacking_localhost': false,
  'network.proxy.failover_direct': false,
}

/** A process for each of our pages, as Chromium has: one that hangs or dies leaves the others alone. */
const isolatedPrefs: FirefoxPrefs = { 'dom.ipc.processCount.webCOOP+COEP': 8 }

/**
 * The driver has Firefox keep the bodies of all answers, up to 200 MB of them: here, every model file that was ever
 * fetched. Less than the 20 MB that the driver asks to keep of one answer, and Firefox refuses the driver.
 */
const forgetfulPrefs: FirefoxPrefs = { 'remote.network.maxTotalDataSize': 20_000_000 }

export const firefoxPrefs = (options: LaunchOptions = {}): FirefoxPrefs => ({
  ...quietPrefs,
  ...loopbackOnlyPrefs,
  ...isolatedPrefs,
  ...forgetfulPrefs,
  ...webgpuPrefs(options.webgpu !== false),
  ...options.firefoxPrefs,
})

/** What a driver would have set, for a Firefox that has none: nothing opens, asks or is restored by itself. */
const unattendedPrefs: FirefoxPrefs = {
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.dom.window.dump.enabled': false,
  'browser.sessionstore.resume_from_crash': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.startup.page': 0,
  'browser.tabs.warnOnClose': false,
  'browser.uitour.enabled': false,
  'browser.warnOnQuit': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'startup.homepage_welcome_url': '',
  'termsofuse.bypassNotification': true,
  'toolkit.startup.max_resumed_crashes': -1,
}

/** The text of a `user.js` for a profile of a Firefox without a driver. */
export const userJs = (options: LaunchOptions): string =>
  Object.entries({ ...unattendedPrefs, ...firefoxPrefs(options) })
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('')

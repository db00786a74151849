// Who this page is to its host: one that the host opened, a device that joined by an address, or nobody yet. A device
// keeps a secret of its own, so that after a reload it is the same one. Pure but for the storage that it is given.

/** What of the browser's storage is used; a private window, or one that forbids it, has none that lasts. */
export interface Store {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

export type Invitation =
  /** The host's own user had it opened. */
  | { readonly _tag: 'Own'; readonly token: string }
  | { readonly _tag: 'Join'; readonly token: string; readonly device: string }
  /** It was opened without an address to join by, and has never joined before. */
  | { readonly _tag: 'None' }

const joinKey = 'shoal-join'
const deviceKey = 'shoal-device'

/**
 * @param hash the URL's fragment; that of a join address is to be taken off the URL, since whoever sees it may join
 * @param tab lasts as long as the tab, reloads included; `browser` lasts beyond it
 * @param fresh makes a secret of at least 128 random bits, `[A-Za-z0-9_-]`
 */
export function invitationOf(hash: string, tab: Store, browser: Store, fresh: () => string): Invitation {
  const fragment = new URLSearchParams(hash.replace(/^#/, ''))
  const own = fragment.get('token')
  if (own !== null) return { _tag: 'Own', token: own }
  const known = browser.getItem(deviceKey) ?? tab.getItem(deviceKey)
  const token = fragment.get('join') ?? tab.getItem(joinKey)
  // A device that the host knows needs no address any more.
  if (token === null && known === null) return { _tag: 'None' }
  const device = known ?? fresh()
  if (known === null) {
    tab.setItem(deviceKey, device)
    browser.setItem(deviceKey, device)
  }
  if (token !== null) tab.setItem(joinKey, token)
  return { _tag: 'Join', token: token ?? '', device }
}

/** A store that forgets instead of throwing where the browser forbids it, and does not last then. */
export function lenient(open: () => Store): Store {
  const own = new Map<string, string>()
  const attempt = <A>(use: (store: Store) => A): A | undefined => {
    try {
      return use(open())
    } catch {
      return undefined
    }
  }
  return {
    getItem: key => attempt(store => store.getItem(key)) ?? own.get(key) ?? null,
    setItem: (key, value) => {
      own.set(key, value)
      attempt(store => store.setItem(key, value))
    },
  }
}

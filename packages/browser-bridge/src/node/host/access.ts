// Who may speak to the host at all, by the names in a request. Pure. It keeps other web pages out: one that makes its
// own name point at this machine (Host), and one that opens a socket across origins (Origin).

const loopbackNames = new Set(['127.0.0.1', 'localhost', '[::1]'])

export interface AccessRules {
  /** Further host names, without port and in lower case, by which this host may be addressed. */
  readonly hosts: ReadonlySet<string>
  readonly port: number
  /** Whether it speaks TLS: then its origin is https. */
  readonly secure?: boolean
}

const defaultPort = ({ secure }: AccessRules): number => (secure === true ? 443 : 80)

/** The `Host` header names this host, with its port. */
export const hostAllowed = (host: string | undefined, rules: AccessRules): boolean => {
  if (host === undefined) return false
  const name = host.endsWith(`:${rules.port}`) ? host.slice(0, -`:${rules.port}`.length) : host
  if (name === host && rules.port !== defaultPort(rules)) return false
  const known = name.toLowerCase()
  return loopbackNames.has(known) || rules.hosts.has(known)
}

/** The `Origin` header is this host itself, under the same name as the `Host` header. */
export const originAllowed = (
  origin: string | undefined,
  host: string | undefined,
  rules: AccessRules,
): boolean => hostAllowed(host, rules) && origin === `${rules.secure === true ? 'https' : 'http'}://${host}`

/** An address to listen on, or of a peer, that only this machine reaches. */
export const isLoopback = (address: string): boolean =>
  address === 'localhost' || address === '::1' || /^(::ffff:)?127\./.test(address)

/** An address as it stands in a URL and in a `Host` header. */
export const urlName = (address: string): string => (address.includes(':') ? `[${address}]` : address)

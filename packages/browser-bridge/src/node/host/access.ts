// Who may speak to the host at all, by the names in a request. Pure. It keeps other web pages out: one that makes its
// own name point at this machine (Host), and one that opens a socket across origins (Origin).

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]'])

export interface AccessRules {
  /** Further host names, without port, by which this host may be addressed. */
  readonly hosts: ReadonlySet<string>
  readonly port: number
}

/** The `Host` header names this host, with its port. */
export const hostAllowed = (host: string | undefined, rules: AccessRules): boolean => {
  if (host === undefined) return false
  const name = host.endsWith(`:${rules.port}`) ? host.slice(0, -`:${rules.port}`.length) : host
  if (name === host && rules.port !== 80) return false
  return loopback.has(name) || rules.hosts.has(name)
}

/** The `Origin` header is this host itself, under the same name as the `Host` header. */
export const originAllowed = (
  origin: string | undefined,
  host: string | undefined,
  rules: AccessRules,
): boolean => hostAllowed(host, rules) && origin === `http://${host}`

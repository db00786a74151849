// Why an interface is not in this page, as it is told to who reads what works here. Pure.

/**
 * @param secure as in `isSecureContext`: browsers keep both from a page that came over plain http from another machine, so
 * nothing is known of the browser then
 */
export function absence(what: 'navigator.gpu' | 'navigator.ml', secure: boolean): string {
  if (!secure) return `${what} is kept from a page over plain http; serve it over https`
  return `${what} is not there (flag off, or not in this browser)`
}

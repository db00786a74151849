// Names that nobody else has or guesses, also where the page came over plain http.

/** 192 random bits, `[A-Za-z0-9_-]`. `randomUUID` is missing where the page is no secure context. */
export function freshSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}

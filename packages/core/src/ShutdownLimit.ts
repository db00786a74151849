// How long an incarnation may take to release what it holds, once it is to stop.

/** Milliseconds; `brutal`: none, it is killed at once; `infinity`: as long as it takes. */
export type ShutdownLimit = number | 'brutal' | 'infinity'

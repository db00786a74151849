// Whether a silent host is there at all. A socket that carries nothing any more looks from here like a host that is
// paused; they differ in this: who is paused does not open another socket either.

/** A network that swallows everything would keep the question, and with it the next one, for minutes. */
const openLimitMs = 10_000

/**
 * Opens a socket that says nothing. `answered` is called `graceMs` after the host has opened it: by then it has also
 * said what it had to say on the other one. `over` is called once, in any case.
 */
export function askHost(
  url: string,
  graceMs: number,
  { answered, over }: { readonly answered: () => void; readonly over: () => void },
): void {
  const socket = new WebSocket(url)
  const impatient = setTimeout(() => socket.close(), openLimitMs)
  socket.onopen = () => {
    clearTimeout(impatient)
    setTimeout(() => {
      answered()
      socket.close()
    }, graceMs)
  }
  socket.onclose = () => {
    clearTimeout(impatient)
    over()
  }
}

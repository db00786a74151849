// Work that several callers want at the same time is done once: they share it, each hears of its progress, and it
// is given up when the last of them leaves. It keeps no result: who comes later starts it again.

export interface Flights<A, P> {
  /**
   * Joins the work under `key`, or starts it. `done` is called once, unless the caller left before.
   * @returns leaves
   */
  join(
    key: string,
    start: (signal: AbortSignal, report: (progress: P) => void) => Promise<A>,
    onProgress: (progress: P) => void,
    done: (result: PromiseSettledResult<A>) => void,
  ): () => void
}

interface Passenger<A, P> {
  readonly onProgress: (progress: P) => void
  readonly done: (result: PromiseSettledResult<A>) => void
}

interface Flight<A, P> {
  readonly passengers: Set<Passenger<A, P>>
  readonly stop: AbortController
}

export function makeFlights<A, P>(): Flights<A, P> {
  const flights = new Map<string, Flight<A, P>>()

  const depart = (key: string, start: Parameters<Flights<A, P>['join']>[1]): Flight<A, P> => {
    const flight: Flight<A, P> = { passengers: new Set(), stop: new AbortController() }
    flights.set(key, flight)
    const report = (progress: P) => {
      for (const { onProgress } of flight.passengers) onProgress(progress)
    }
    void Promise.allSettled([start(flight.stop.signal, report)]).then(([result]) => {
      if (flights.get(key) === flight) flights.delete(key)
      for (const { done } of flight.passengers) done(result)
    })
    return flight
  }

  return {
    join(key, start, onProgress, done) {
      const flight = flights.get(key) ?? depart(key, start)
      const passenger = { onProgress, done }
      flight.passengers.add(passenger)
      return () => {
        flight.passengers.delete(passenger)
        if (flight.passengers.size > 0) return
        // Whoever asks from now on must not join what is being given up.
        if (flights.get(key) === flight) flights.delete(key)
        flight.stop.abort(new Error('nobody waits for it any more'))
      }
    },
  }
}

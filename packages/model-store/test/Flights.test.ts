import { describe, expect, it } from 'vitest'
import { makeFlights } from '../src/Flights.ts'

const ignore = () => {}

describe('work that several callers share', () => {
  it('is done once, and every caller hears its progress and its end', async () => {
    const flights = makeFlights<string, number>()
    const gate = Promise.withResolvers<string>()
    let started = 0
    let report: (progress: number) => void = ignore
    const start = (_signal: AbortSignal, tell: (progress: number) => void) => {
      started++
      report = tell
      return gate.promise
    }
    const heard: string[] = []
    const ends = ['a', 'b'].map(
      who =>
        new Promise<PromiseSettledResult<string>>(done => {
          flights.join('k', start, progress => heard.push(`${who}${progress}`), done)
        }),
    )
    report(7)
    gate.resolve('whole')
    expect(await Promise.all(ends)).toEqual([
      { status: 'fulfilled', value: 'whole' },
      { status: 'fulfilled', value: 'whole' },
    ])
    expect(heard).toEqual(['a7', 'b7'])
    expect(started).toBe(1)
  })

  it('goes on while one caller is left, and is given up when the last one leaves', () => {
    const flights = makeFlights<string, number>()
    const signals: AbortSignal[] = []
    const start = (signal: AbortSignal) => {
      signals.push(signal)
      return new Promise<string>(ignore)
    }
    const leaveFirst = flights.join('k', start, ignore, ignore)
    const leaveSecond = flights.join('k', start, ignore, ignore)
    leaveFirst()
    expect(signals[0]?.aborted).toBe(false)
    leaveSecond()
    expect(signals[0]?.aborted).toBe(true)
  })

  it('is started afresh by who comes after it was given up, or after it ended', async () => {
    const flights = makeFlights<number, number>()
    let started = 0
    const start = () => Promise.resolve(++started)
    const once = () =>
      new Promise<PromiseSettledResult<number>>(done => flights.join('k', start, ignore, done))
    flights.join('k', start, ignore, ignore)()
    expect(await once()).toEqual({ status: 'fulfilled', value: 2 })
    expect(await once()).toEqual({ status: 'fulfilled', value: 3 })
  })

  it('fails for every caller alike', async () => {
    const flights = makeFlights<never, number>()
    const end = new Promise(done => flights.join('k', () => Promise.reject(new Error('no')), ignore, done))
    expect(await end).toMatchObject({ status: 'rejected', reason: new Error('no') })
  })
})

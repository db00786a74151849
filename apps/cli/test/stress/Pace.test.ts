import { expect, it } from 'vitest'
import { Pace } from '../../src/stress/Pace.ts'

it('late requests are asked at once, and what else there is to do has its turn between', async () => {
  const pace = new Pace()
  const { signal } = new AbortController()
  let turns = 0
  let [asked, going] = [0, true]
  const other = () => {
    turns++
    if (going) setImmediate(other)
  }
  setImmediate(other)
  while (turns < 3) {
    await pace.until(-1000, signal)
    asked++
  }
  going = false
  expect(asked).toBeGreaterThan(0)
})

it('a moment that is to come is waited for, but not when the load was ended', async () => {
  const controller = new AbortController()
  controller.abort()
  await new Pace().until(60_000, controller.signal)
  let later = false
  setTimeout(() => {
    later = true
  }, 5)
  await new Pace().until(50, new AbortController().signal)
  expect(later).toBe(true)
})

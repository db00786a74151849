// What is said of devices as they come and go.
import type { DeviceInfo } from '@shoal/pool'
import { describe, expect, it } from 'vitest'
import { changesOf, closingLine, summaryOf } from '../../src/join/deviceLines.ts'
import { qrText } from '../../src/join/qrText.ts'

const device = (more: Partial<DeviceInfo> = {}): DeviceInfo => ({
  id: 'device-1',
  browser: { kind: 'safari', version: '26.1', userAgent: '' },
  state: 'working',
  reason: undefined,
  lanes: [],
  running: 0,
  answered: 0,
  ...more,
})

describe('Between two looks', () => {
  const away = device({ state: 'away', reason: 'the socket closed' })
  it.each<[string, DeviceInfo[], DeviceInfo[], string[]]>([
    ['nothing', [device()], [device({ answered: 3 })], []],
    ['one came', [], [device()], ['device-1 (safari 26.1) is here']],
    [
      'one went away',
      [device()],
      [away],
      ['device-1 (safari 26.1) is away and may come back: the socket closed'],
    ],
    ['one came back', [away], [device()], ['device-1 (safari 26.1) is here again']],
    [
      'one rests',
      [device()],
      [device({ state: 'resting', reason: 'its battery is at 9 %' })],
      ['device-1 (safari 26.1) rests: its battery is at 9 %'],
    ],
    [
      'one left, another came',
      [device()],
      [device({ id: 'device-2' })],
      ['device-2 (safari 26.1) is here', 'device-1 (safari 26.1) has left'],
    ],
  ])('%s', (_what, before, now, lines) => {
    expect(changesOf(before, now)).toEqual(lines)
  })
})

it('All of them make one line', () => {
  expect(summaryOf([])).toBe('No device has joined.')
  const two = [device({ running: 1, answered: 4 }), device({ state: 'away', answered: 2 })]
  expect(summaryOf(two)).toBe('2 devices, 1 ready for work · 1 running · 6 answered')
})

it('When it is over one line says who was there and what they did, not who is', () => {
  const left = (more: Partial<DeviceInfo>) => ({ ...device(more), left: true })
  expect(closingLine([])).toBe('No device has joined.')
  expect(closingLine([left({ answered: 1 })])).toBe('1 device joined, 1 request answered.')
  expect(
    closingLine([left({ running: 2, answered: 210 }), { ...device({ answered: 4 }), left: false }]),
  ).toBe('2 devices joined, 214 requests answered.')
})

it('A QR code is a rectangle, in colours that a reader takes on any terminal', () => {
  const lines = (qrText('http://127.0.0.1:4000/#join=abc', 80) ?? '').split('\n')
  expect(new Set(lines.map(line => line.length)).size).toBe(1)
  expect(lines.every(line => line.includes('\u001b[97;40m') && line.endsWith('\u001b[0m'))).toBe(true)
})

it('draws no QR code where the terminal would break its lines', () => {
  const url = 'http://127.0.0.1:4000/#join=abc'
  const fits = Array.from({ length: 80 }, (_, columns) => qrText(url, columns) !== undefined)
  const least = fits.indexOf(true)
  const [line = ''] = (qrText(url, least) ?? '').split('\n')
  expect(least).toBe(line.replaceAll('\u001b[97;40m', '').replaceAll('\u001b[0m', '').length)
  expect(fits.slice(least).every(fit => fit)).toBe(true)
})

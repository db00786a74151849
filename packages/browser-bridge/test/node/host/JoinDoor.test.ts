// Who may join by an address, with time in hand and pages that are only there or not.
import { describe, expect, it } from 'vitest'
import { awaitedAtOnce, JoinDoor, type JoinedDevice } from '../../../src/node/host/JoinDoor.ts'
import type { LivePage } from '../../../src/node/link/LivePage.ts'

const secret = (name: string) => name.padEnd(32, '-')

const open = (maxDevices = 2) => {
  let now = 0
  const arrived: string[] = []
  const door = new JoinDoor({ maxDevices, onDevice: device => arrived.push(device.id), now: () => now })
  const page = { link: { isOpen: true }, dismiss: () => {} }
  return {
    door,
    arrived,
    pass: (ms: number) => {
      now += ms
    },
    /** Says hello; gives the device's name, or why it is refused. */
    come: (token: string, device: string) => {
      const judged = door.judge({ token, device: secret(device) })
      if (judged._tag === 'Refused') return judged.code
      const expected = judged.enter()
      const live = { ...page, link: { isOpen: true } } as unknown as LivePage
      expected.page = live
      expected.onArrival(live)
      return expected.id
    },
    go: (id: string) => {
      const live = door.devices.find(device => device.id === id)?.page
      if (live) Object.assign(live.link, { isOpen: false })
    },
  }
}

describe('A join address', () => {
  it('lets one device in, again and again, and no other', () => {
    const { door, come, go } = open()
    const { token } = door.issue()
    expect(come(token, 'phone')).toBe('device-1')
    expect(come(token, 'laptop')).toBe('TokenUsed')
    go('device-1')
    expect([come(token, 'laptop'), come(token, 'phone')]).toEqual(['TokenUsed', 'device-1'])
  })

  it('that is reusable lets several in, each as itself', () => {
    const { door, come } = open()
    const { token } = door.issue({ reusable: true })
    expect([come(token, 'phone'), come(token, 'laptop'), come(token, 'phone')]).toEqual([
      'device-1',
      'device-2',
      'device-1',
    ])
  })

  it('is not forgotten for the many that came after it and were used up', () => {
    const { door, come, go } = open()
    const { token } = door.issue({ reusable: true })
    const { token: spent } = door.issue()
    go(come(spent, 'tablet'))
    for (let n = 0; n < 999; n++) {
      const { token: other } = door.issue({ expiresMs: 0 })
      expect(come(other, 'x')).toBe('TokenExpired')
    }
    expect(come(token, 'phone')).toBe('device-2')
    expect(come(spent, 'laptop')).toBe('TokenInvalid')
  })

  it('expires for newcomers; who has joined may come back', () => {
    const { door, come, go, pass } = open()
    const { token } = door.issue({ reusable: true, expiresMs: 1_000 })
    come(token, 'phone')
    go('device-1')
    pass(1_000)
    expect([come(token, 'laptop'), come(token, 'phone')]).toEqual(['TokenExpired', 'device-1'])
  })

  it('that was revoked is not known; nor is any other text', () => {
    const { door, come } = open()
    const { token, revoke } = door.issue({ reusable: true })
    expect(come(`${token}x`, 'phone')).toBe('TokenInvalid')
    revoke()
    expect([come(token, 'phone'), come('', 'phone')]).toEqual(['TokenInvalid', 'TokenInvalid'])
  })

  it('is not used up by a page that is turned away for something else', () => {
    const { door, come } = open()
    const { token } = door.issue()
    expect(door.judge({ token, device: secret('phone') })._tag).toBe('Known')
    expect(come(token, 'laptop')).toBe('device-1')
  })
})

describe('The door', () => {
  it('lets so many in at a time, and one more when another has gone', () => {
    const { door, come, go } = open(1)
    const { token } = door.issue({ reusable: true })
    expect([come(token, 'phone'), come(token, 'laptop'), come(token, 'phone')]).toEqual([
      'device-1',
      'TooManyConnections',
      'device-1',
    ])
    go('device-1')
    expect([come(token, 'laptop'), come(token, 'phone')]).toEqual(['device-2', 'TooManyConnections'])
  })

  it('has no more than so many waited for that came and went; they may come back, and one given up makes room', () => {
    const { door, come, go } = open()
    const { token } = door.issue({ reusable: true })
    const leave: (() => void)[] = []
    const visit = (device: string) => {
      const answer = come(token, device)
      const joined = door.devices.find(({ id }) => id === answer)
      if (joined !== undefined) leave.push(joined.attach(() => {}))
      go(answer)
      return answer
    }
    for (let nth = 1; nth <= awaitedAtOnce; nth++) expect(visit(`stranger-${nth}`)).toBe(`device-${nth}`)
    expect([visit('phone'), visit('stranger-1')]).toEqual(['TooManyConnections', 'device-1'])
    leave[1]?.()
    expect(visit('phone')).toBe(`device-${awaitedAtOnce + 1}`)
    // Whoever was given up is as new: it would be waited for again.
    expect(visit('stranger-2')).toBe('TooManyConnections')
  })

  it.each([undefined, '', 'short', `${secret('x')} `, 'x'.repeat(129)])(
    'wants a device to say a secret of its own, not %j',
    device => {
      const { door } = open()
      const { token } = door.issue()
      expect(door.judge(device === undefined ? { token } : { token, device })).toMatchObject({
        code: 'TokenInvalid',
      })
    },
  )

  it('says that a device arrived only while nobody listens to it', () => {
    const { door, arrived, come } = open()
    const { token } = door.issue()
    come(token, 'phone')
    const heard: unknown[] = []
    const leave = (door.devices[0] as JoinedDevice).attach(page => heard.push(page))
    come(token, 'phone')
    leave()
    come(token, 'phone')
    expect([arrived, heard.length]).toEqual([['device-1', 'device-1'], 2])
  })

  it.each([false, true])(
    'lets a device that it disowns end what it has, and not come again, by an address that is reusable: %s',
    reusable => {
      const { door, come } = open()
      const { token } = door.issue({ reusable })
      come(token, 'phone')
      const dismissed: string[] = []
      const page = { link: { isOpen: true }, dismiss: (reason: string) => dismissed.push(reason) }
      ;(door.devices[0] as unknown as { expected: { page: unknown } }).expected.page = page
      door.disown('device-1')
      expect([come(token, 'phone'), door.devices, dismissed]).toEqual(['TokenInvalid', [], []])
    },
  )

  it.each([false, true])('forgets a device for good, also where its address is reusable: %s', reusable => {
    const { door, come } = open(3)
    const { token } = door.issue({ reusable })
    come(token, 'phone')
    door.forget('device-1', 'its place here was given up')
    expect([come(token, 'phone'), door.devices]).toEqual(['TokenInvalid', []])
    expect(come(token, 'laptop')).toBe(reusable ? 'device-2' : 'TokenUsed')
    const { token: later } = door.issue({ reusable })
    expect(come(later, 'phone')).toBe(reusable ? 'device-3' : 'device-2')
  })

  it('shuts a device out with the address that it came by, since it could come as somebody new', () => {
    const { door, come, go } = open(3)
    const { token } = door.issue({ reusable: true })
    come(token, 'phone')
    come(token, 'laptop')
    door.shutOut('device-1', 'it gave wrong answers')
    expect([come(token, 'phone'), come(token, 'phone again')]).toEqual(['TokenInvalid', 'TokenInvalid'])
    go('device-2')
    expect(come(token, 'laptop')).toBe('device-2')
    expect(door.devices.map(({ id }) => id)).toEqual(['device-2'])
    const { token: other } = door.issue({ reusable: true })
    expect([come(other, 'phone'), come(other, 'tablet')]).toEqual(['TokenInvalid', 'device-3'])
  })

  it('tells nobody that others may join by an address that has ended', () => {
    const { door } = open()
    const { token } = door.issue({ reusable: true, expiresMs: 1_000 })
    const enter = (device: string) => {
      const judged = door.judge({ token, device: secret(device) })
      return judged._tag === 'Known' ? judged.enter() : undefined
    }
    const [phone, laptop] = [enter('phone'), enter('laptop')]
    expect(laptop?.welcome?.()).toEqual({ name: 'device-2', othersForMs: 1_000 })
    door.shutOut(phone?.id ?? '', 'it gave wrong answers')
    expect(laptop?.welcome?.()).toEqual({ name: 'device-2' })
  })

  it('forgets those that nobody waits for before one that is away and waited for', () => {
    const { door, come, go } = open()
    const { token } = door.issue({ reusable: true })
    for (let nth = 1; nth <= 1_001; nth++) {
      go(come(token, `device-${nth}`))
      if (nth === 1) door.devices[0]?.attach(() => {})
    }
    const ids = door.devices.map(({ id }) => id)
    expect([ids.length, ids[0], ids[1]]).toEqual([1_000, 'device-1', 'device-3'])
  })
})

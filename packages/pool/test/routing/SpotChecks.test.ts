import type { RunResult } from '@shoal/browser-bridge'
import { describe, expect, it } from 'vitest'
import type { Replica } from '../../src/Replica.ts'
import { agreementOf, precisionFor } from '../../src/routing/agreement.ts'
import { isChecked, SpotChecks } from '../../src/routing/SpotChecks.ts'
import type { Work } from '../../src/Work.ts'
import { type SimulatedLane, simulatedLane } from '../simulatedLane.ts'

const work: Work = { request: { input: { kind: 'tensors' }, tensors: [] }, options: {} }

const result = (...values: readonly number[]): RunResult => ({
  timing: { queueMs: 0, preprocessMs: 0, computeMs: 1, postprocessMs: 0 },
  outputs: [{ name: 'y', dtype: 'float32', dims: [values.length], data: Float32Array.from(values) }],
  inputs: [],
})

const replica = (lane: SimulatedLane, trust: Replica['trust']): Replica => ({
  model: 'm',
  modelKey: 'key-of-m',
  lane,
  connection: lane.id,
  browser: { id: lane.id, kind: 'chromium', version: '1' },
  trust,
  preference: 0,
})

function checksOf(own: readonly SimulatedLane[]) {
  const quarantined: string[] = []
  const atWork = new Set<string>()
  const checks = new SpotChecks({
    replicasOf: () => own.map(lane => replica(lane, 'own')),
    load: () => new Map(own.map(lane => [lane.id, lane.inFlight])),
    dtypeOf: () => 'fp32',
    quarantine: (connection, reason) => quarantined.push(`${connection}: ${reason}`),
    deadlineMs: 1000,
    onRun: ({ lane }, end) => {
      atWork.add(lane.id)
      const ended = () => void atWork.delete(lane.id)
      end.then(ended, ended)
    },
  })
  return { checks, quarantined, atWork }
}

const device = replica(simulatedLane('device-1'), 'joined')

describe('agreementOf', () => {
  it('takes rounding for agreement, and another value not', () => {
    expect(agreementOf(result(1, 2, 3), result(1, 2, 3.000001), 'fp32')._tag).toBe('agrees')
    expect(agreementOf(result(1, 2, 3), result(1, 2, 4), 'fp32')).toMatchObject({
      _tag: 'differs',
      reason: expect.stringMatching(/^y: /),
    })
  })

  it('takes a missing output and another shape for a difference', () => {
    expect(agreementOf(result(1, 2), { ...result(1, 2), outputs: [] }, 'fp32')._tag).toBe('differs')
    expect(agreementOf(result(1, 2), result(1, 2, 3), 'fp32')._tag).toBe('differs')
  })

  it('does not judge answers that are no tensors', () => {
    const labels = { ...result(), outputs: [], json: [{ label: 'cat' }] }
    expect(agreementOf(labels, labels, 'fp32')._tag).toBe('unjudged')
  })

  it('asks for less between back-ends than between lanes of one', () => {
    expect(precisionFor('fp32', 'wasm', 'wasm')).toBe('fp32')
    expect(precisionFor('fp32', 'wasm', 'webgpu')).toBe('fp16')
    expect(precisionFor('q8', 'wasm', 'webgpu')).toBe('q8')
  })
})

describe('spot checks', () => {
  it('are made of a device’s first answers, and of one in twenty after', () => {
    const checked = Array.from({ length: 403 }, (_, at) => isChecked(at))
    expect(checked.slice(0, 3)).toEqual([true, true, true])
    expect(checked.slice(3).filter(Boolean)).toHaveLength(20)
  })

  it('quarantine a device that an own lane disagrees with', async () => {
    const own = simulatedLane('own')
    const { checks, quarantined } = checksOf([own])
    const checking = checks.answered(device, work, result(2))
    expect(own.held.map(({ key }) => key)).toEqual(['key-of-m'])
    await own.answer()
    await checking
    expect(quarantined).toEqual([expect.stringMatching(/^device-1: y: /)])
    expect(checks.counts()).toMatchObject({ checked: 1, differed: 1 })
  })

  it('leave a device alone that agrees', async () => {
    const own = simulatedLane('own')
    const { checks, quarantined } = checksOf([own])
    const checking = checks.answered(device, work, result(1))
    await own.answer()
    await checking
    expect(quarantined).toEqual([])
    expect(checks.counts()).toMatchObject({ checked: 1, agreed: 1 })
  })

  it('are made afresh of a device of which nothing was heard while a thousand others answered', async () => {
    const { checks } = checksOf([])
    for (let answer = 0; answer < 5; answer++) await checks.answered(device, work, result(1))
    expect(checks.counts().skipped).toBe(3)
    for (let other = 0; other < 1000; other++)
      await checks.answered(replica(simulatedLane(`other-${other}`), 'joined'), work, result(1))
    expect(checks.counts().skipped).toBe(1003)
    await checks.answered(device, work, result(1))
    expect(checks.counts().skipped).toBe(1004)
  })

  it('are made once of a model whose answers are words, which cannot be judged, and not again', async () => {
    const own = simulatedLane('own')
    const { checks, quarantined } = checksOf([own])
    const words: RunResult = { ...result(), outputs: [], json: [{ label: 'cat' }] }
    const checking = checks.answered(device, work, words)
    expect(own.held).toHaveLength(1)
    await own.answerWith(words)
    await checking
    for (let answer = 0; answer < 100; answer++) await checks.answered(device, work, words)
    expect(own.held).toEqual([])
    expect(checks.counts()).toEqual({ checked: 0, agreed: 0, differed: 0, skipped: 8 })
    expect(quarantined).toEqual([])
  })

  it('are not got round by a device that answers in words what an own lane answers in numbers', async () => {
    const own = simulatedLane('own')
    const { checks, quarantined } = checksOf([own])
    const checking = checks.answered(device, work, { ...result(), outputs: [], json: 'a word' })
    await own.answer()
    await checking
    expect(quarantined).toEqual([expect.stringMatching(/gave no y/)])
  })

  it('say which own lane is at one, until it ends', async () => {
    const own = simulatedLane('own')
    const { checks, atWork } = checksOf([own])
    const checking = checks.answered(device, work, result(1))
    expect([...atWork]).toEqual(['own'])
    await own.answer()
    await checking
    expect([...atWork]).toEqual([])
  })

  it('are made on the own lane with the least to do', async () => {
    const [busy, idle] = [simulatedLane('busy'), simulatedLane('idle')]
    void busy.run('k', work.request, { deadlineMs: 1 })
    const { checks } = checksOf([busy, idle])
    void checks.answered(device, work, result(1))
    expect(idle.held).toHaveLength(1)
  })

  it('blame nobody where no own lane holds the model, or the one that does dies', async () => {
    const none = checksOf([])
    await none.checks.answered(device, work, result(2))
    const own = simulatedLane('own')
    const dying = checksOf([own])
    const checking = dying.checks.answered(device, work, result(2))
    await own.die()
    await checking
    expect([...none.quarantined, ...dying.quarantined]).toEqual([])
    expect([none.checks.counts().skipped, dying.checks.counts().skipped]).toEqual([1, 1])
  })
})

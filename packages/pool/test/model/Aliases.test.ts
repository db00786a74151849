import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'
import { InvalidOption } from '../../src/errors.ts'
import { Aliases, type Follower } from '../../src/model/Aliases.ts'

function followerOf(log: string[], id: string, prepared: () => Promise<void> = async () => {}): Follower {
  return {
    prepare: async name => {
      log.push(`${id} prepares ${name}`)
      await prepared()
      return { go: () => log.push(`${id} goes`), drop: () => log.push(`${id} drops`) }
    },
  }
}

describe('a name that stands for a model', () => {
  it('is given without waiting where nobody follows it, and can be given again', async () => {
    const aliases = new Aliases(async () => {})
    await aliases.give('embedder', './v1')
    await aliases.give('embedder', './v2')
    expect(aliases.list()).toEqual({ embedder: './v2' })
  })

  it('moves its handles together, once the new model is ready for each', async () => {
    const aliases = new Aliases(async () => {})
    const log: string[] = []
    await aliases.give('embedder', 'v1')
    const ready = Promise.withResolvers<void>()
    await aliases.open('embedder', async () => followerOf(log, 'a'))
    await aliases.open('embedder', async () => followerOf(log, 'b', () => ready.promise))
    const given = aliases.give('embedder', 'v2')
    await Promise.resolve()
    ready.resolve()
    await given
    expect(log).toEqual(['a prepares v2', 'b prepares v2', 'a goes', 'b goes'])
  })

  it('stays where it is when one handle cannot have the new model', async () => {
    const aliases = new Aliases(async () => {})
    const log: string[] = []
    await aliases.give('embedder', 'v1')
    await aliases.open('embedder', async () => followerOf(log, 'a'))
    await aliases.open('embedder', async () =>
      followerOf(log, 'b', () => Promise.reject(new Error('no such file'))),
    )
    await expect(aliases.give('embedder', 'v2')).rejects.toThrow('no such file')
    expect(log.slice(2)).toEqual(['a drops'])
    expect(aliases.list()).toEqual({ embedder: 'v1' })
  })

  it('can be given up while its model loads: none moves, what was ready is given back, and the next turn comes', async () => {
    const aliases = new Aliases(async () => {})
    const log: string[] = []
    const giveUp = new AbortController()
    await aliases.give('embedder', 'v1')
    await aliases.open('embedder', async () => followerOf(log, 'a'))
    // It has no room, and waits for what may never leave.
    await aliases.open('embedder', async () => ({
      prepare: (name, signal) => {
        log.push(`b waits for ${name}`)
        const { promise, reject } = Promise.withResolvers<never>()
        signal?.addEventListener('abort', () => reject(signal.reason))
        return name === 'v2' ? promise : followerOf(log, 'b').prepare(name, signal)
      },
    }))
    const given = aliases.give('embedder', 'v2', giveUp.signal)
    const behind = aliases.give('embedder', 'v3')
    await vi.waitFor(() => expect(log).toContain('b waits for v2'))
    giveUp.abort('given up')
    await expect(given).rejects.toBe('given up')
    expect(log.slice(0, 3)).toEqual(['a prepares v2', 'b waits for v2', 'a drops'])
    await behind
    expect(log.slice(-2)).toEqual(['a goes', 'b goes'])
    expect(aliases.list()).toEqual({ embedder: 'v3' })
  })

  it.each<[string, (aliases: Aliases, signal: AbortSignal) => Promise<void>]>([
    ['given', (aliases, signal) => aliases.give('embedder', 'v3', signal)],
    ['taken back', (aliases, signal) => aliases.take('embedder', signal)],
  ])('is not %s where that was given up before its turn', async (_what, act) => {
    const aliases = new Aliases(async () => {})
    const ready = Promise.withResolvers<void>()
    await aliases.give('embedder', 'v1')
    await aliases.open('embedder', async () => followerOf([], 'a', () => ready.promise))
    const given = aliases.give('embedder', 'v2')
    const giveUp = new AbortController()
    const acted = act(aliases, giveUp.signal)
    giveUp.abort('given up')
    await expect(acted).rejects.toBe('given up')
    ready.resolve()
    await given
    expect(aliases.list()).toEqual({ embedder: 'v2' })
  })

  it('opens a handle of the new model where one is asked for while it is being given', async () => {
    const aliases = new Aliases(async () => {})
    const ready = Promise.withResolvers<void>()
    await aliases.give('embedder', 'v1')
    await aliases.open('embedder', async () => followerOf([], 'a', () => ready.promise))
    const given = aliases.give('embedder', 'v2')
    const targets: string[] = []
    const opened = aliases.open('embedder', async target => {
      targets.push(target)
      return followerOf([], 'b')
    })
    ready.resolve()
    await Promise.all([given, opened])
    expect(targets).toEqual(['v2'])
  })

  it('is followed by nobody who has left', async () => {
    const aliases = new Aliases(async () => {})
    const log: string[] = []
    await aliases.give('embedder', 'v1')
    const follower = await aliases.open('embedder', async () => followerOf(log, 'a'))
    aliases.leave('embedder', follower)
    await aliases.give('embedder', 'v2')
    expect(log).toEqual([])
  })

  it('is not given where there is no such model, though nobody follows it', async () => {
    const aliases = new Aliases(async target => {
      throw new Error(`no ${target}`)
    })
    await expect(aliases.give('embedder', 'v1')).rejects.toThrow('no v1')
    expect(aliases.list()).toEqual({})
  })

  it('is not given across another that is given at the same time', async () => {
    const aliases = new Aliases(async () => {})
    const given = await Promise.allSettled([aliases.give('a', 'b'), aliases.give('b', 'a')])
    expect(given.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(given.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { option: 'alias' } })
    expect(Object.keys(aliases.list())).toHaveLength(1)
  })

  it('moves nobody where another was given across while its model was loading', async () => {
    const aliases = new Aliases(async () => {})
    const log: string[] = []
    await aliases.give('a', 'v1')
    const ready = Promise.withResolvers<void>()
    await aliases.open('a', async () => followerOf(log, 'follower', () => ready.promise))
    const given = aliases.give('a', 'b')
    await aliases.give('b', 'v2')
    ready.resolve()
    await expect(given).rejects.toBeInstanceOf(InvalidOption)
    expect(log).toEqual(['follower prepares b', 'follower drops'])
    expect(aliases.list()).toEqual({ a: 'v1', b: 'v2' })
  })

  it('is none any more once it is taken back: who followed it stays where it is, and it can be given anew', async () => {
    const aliases = new Aliases(async () => {})
    const log: string[] = []
    await aliases.give('embedder', 'v1')
    await aliases.open('embedder', async () => followerOf(log, 'a'))
    const targets: string[] = []
    const taken = aliases.take('embedder')
    const opened = aliases.open('embedder', async target => {
      targets.push(target)
      return followerOf(log, 'b')
    })
    await Promise.all([taken, opened])
    expect(aliases.list()).toEqual({})
    expect(targets).toEqual(['embedder'])
    await aliases.give('embedder', 'v2')
    expect(log).toEqual([])
    expect(aliases.list()).toEqual({ embedder: 'v2' })
  })

  it('is waited for no longer than whoever asks wants to, and in turn by those behind', async () => {
    const aliases = new Aliases(async () => {})
    await aliases.give('embedder', 'v1')
    const loaded = Promise.withResolvers<void>()
    const log: string[] = []
    const openAs = (id: string, until: Promise<void>, signal?: AbortSignal) =>
      aliases.open(
        'embedder',
        async () => {
          log.push(id)
          await until
          return followerOf(log, id)
        },
        signal,
      )
    const loading = openAs('first', loaded.promise)
    const leaving = new AbortController()
    const waiting = openAs('second', Promise.resolve(), leaving.signal)
    const behind = openAs('third', Promise.resolve())
    leaving.abort(new Error('no longer'))
    await expect(waiting).rejects.toThrow('no longer')
    await expect(openAs('fourth', Promise.resolve(), leaving.signal)).rejects.toThrow('no longer')
    expect(log).toEqual(['first'])
    loaded.resolve()
    await Promise.all([loading, behind])
    expect(log).toEqual(['first', 'third'])
  })

  it.each([
    ['a path', './a', 'v1'],
    ['a graph file', 'a.onnx', 'v1'],
    ['nothing', 'a', ' '],
    ['itself', 'a', 'a'],
    ['another alias', 'a', 'known'],
    ['what another alias stands for', 'v1', 'v2'],
  ])('cannot be, or be given to, %s', async (_what, name, target) => {
    const aliases = new Aliases(async () => {})
    await aliases.give('known', 'v1')
    await expect(aliases.give(name, target)).rejects.toBeInstanceOf(InvalidOption)
  })

  it('keeps no handle alive that has left it', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const aliases = new Aliases(async () => {})
    await aliases.give('embedder', 'v1')
    const comeAndGo = async () => {
      const follower = await aliases.open('embedder', async () => followerOf([], 'one of many'))
      aliases.leave('embedder', follower)
      return new WeakRef(follower)
    }
    const gone: WeakRef<Follower>[] = []
    for (let at = 0; at < 20; at++) gone.push(await comeAndGo())
    await vi.waitFor(
      () => {
        collect()
        expect(gone.filter(one => one.deref() !== undefined).length).toBe(0)
      },
      { timeout: 20_000 },
    )
  }, 30_000)
})

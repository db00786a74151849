// One random world: a system on a virtual clock, with a tree made from a seed, and random operations on it.

import { Effect, Schedule } from 'effect'
import {
  type ActorRef,
  ActorSystem,
  behavior,
  type ChildSpec,
  child,
  dynamicSupervisor,
  type Overflow,
  type PromiseSystem,
  supervisor,
} from '../../src/index.ts'
import { type Faults, makeFaults, VirtualClock } from '../../src/testing/index.ts'
import { Books, type Laws } from './Books.ts'
import { type Message, type Token, workerMachine } from './worker.ts'

const quiet = async () => {
  for (let left = 3; left > 0; left--) await new Promise(resolve => setImmediate(resolve))
}

/** Milliseconds: what periods and pauses are made of. */
const grain = 250

const strategies = ['one_for_one', 'one_for_all', 'rest_for_one'] as const
const overflows: readonly Overflow[] = ['backPressure', 'dropOldest', 'dropNewest', 'fail']

export class World {
  readonly books: Books
  readonly #faults: Faults
  readonly #laws: Laws
  readonly #clock = new VirtualClock()
  readonly #tokens = new Map<string, Token>()
  readonly #pending = new Set<Promise<unknown>>()
  #system: PromiseSystem | undefined
  #nextId = 0
  /** Each with a sender of its own: between others they come in no order. */
  readonly #constants = [this.#message('constant 1', 'work'), this.#message('constant 2', 'bad')]
  operations = 0

  /** Makes the world of this seed and runs about this many operations in it, and its end. */
  static async run(seed: number, count: number): Promise<World> {
    const world = new World(seed)
    await world.#run(count)
    return world
  }

  private constructor(seed: number) {
    this.#faults = makeFaults(seed)
    // Coarse, so that restarts fall on the very edge of the period too.
    const exact = { path: '/sup', intensity: this.#upTo(6), periodMs: grain * (1 + this.#upTo(8)) }
    const mailbox = { capacity: this.#pick([1, 2, 3, 5, 10, 40]), overflow: this.#pick(overflows) }
    this.#laws = {
      mailbox,
      redeliver: this.#chance(0.3) ? 1 + this.#upTo(2) : 0,
      ...(this.#chance(0.4) && { exact }),
    }
    this.books = new Books(this.#laws)
  }

  async #run(count: number): Promise<void> {
    const system = await ActorSystem.start({ intensity: 1_000_000, clock: this.#clock, log: 'off' })
    this.#system = system
    system.inspect(this.books.inspect)
    for (const path of ['/']) this.books.live.add(path)
    await this.#perform(() => this.#grow(system))
    for (let batch = 0; this.operations < count && batch < count; batch++) {
      for (let left = 1 + this.#upTo(30); left > 0; left--) this.#operate(system)
      await quiet()
      this.books.rest()
      if (this.#chance(0.5)) await this.#advance(grain * this.#upTo(4))
    }
    this.#faults.heal()
    const stopping = system.stop()
    let stopped = false
    void stopping.finally(() => {
      stopped = true
    })
    await quiet()
    while (!stopped && this.#clock.step(Number.MAX_SAFE_INTEGER)) await quiet()
    await stopping
    while (this.#clock.step(Number.MAX_SAFE_INTEGER)) await quiet()
    await Promise.all(this.#pending)
    await quiet()
    this.books.close()
  }

  async #advance(ms: number): Promise<void> {
    const until = this.#clock.now() + ms
    while (this.#clock.step(until)) await quiet()
  }

  async #perform(make: () => Promise<unknown>): Promise<void> {
    const doing = make().catch(() => {})
    this.#pending.add(doing)
    void doing.finally(() => this.#pending.delete(doing))
    await quiet()
  }

  async #grow(system: PromiseSystem): Promise<void> {
    const { exact } = this.#laws
    await system.spawn(
      supervisor({
        id: 'sup',
        strategy: exact === undefined ? this.#pick(strategies) : 'one_for_one',
        intensity: exact?.intensity ?? 1 + this.#upTo(6),
        period: exact?.periodMs ?? 5000,
        // So that actors are away for a while, and their mailboxes fill.
        ...(exact === undefined && this.#chance(0.5) && { backoff: Schedule.spaced(200) }),
        children: [
          this.#worker('/sup', 'a'),
          this.#worker('/sup', 'b'),
          ...(exact === undefined
            ? [
                supervisor({
                  id: 'in',
                  strategy: this.#pick(strategies),
                  intensity: 2,
                  shutdown: this.#pick(['infinity', 'brutal', 100]),
                  children: [this.#worker('/sup/in', 'x'), this.#worker('/sup/in', 'y')],
                }),
              ]
            : []),
          this.#worker('/sup', 'c'),
        ],
      }),
    )
    await system.spawn(dynamicSupervisor({ id: 'dyn', intensity: 5 }))
  }

  #worker(parent: string, id: string): ChildSpec<Message> {
    const path = `${parent}/${id}`
    const logic = workerMachine({
      ran: (at, message) => this.books.ran(at, message),
      forward: (from, to) => this.#tell(from, to, 'work'),
      late: (token, send) => {
        const over = !this.books.live.has(path) || this.#tokens.get(path) !== token
        const message: Message = { type: 'late', id: this.#nextId++, from: `late ${path}` }
        this.books.sends(message, path, over)
        send(message)
      },
    })
    const exact = this.#laws.exact !== undefined
    const rates = { message: 0.01, start: exact ? 0 : 0.05 }
    const described = behavior({
      logic,
      mailbox: this.#laws.mailbox,
      defer: { closed: ['later', 'ask'] },
      redeliver: this.#laws.redeliver,
      outbox: this.#upTo(3),
    })
    return child({
      id,
      behavior: this.#faults.into(described, rates),
      restart: exact ? 'permanent' : this.#pick(['permanent', 'permanent', 'transient', 'temporary']),
      shutdown: exact ? 'infinity' : this.#pick(['brutal', 50, 50, 500]),
      input: () => {
        const token: Token = { path }
        this.#tokens.set(path, token)
        return token
      },
    })
  }

  #operate(system: PromiseSystem): void {
    const die = this.#faults.random()
    const to = this.#anyone()
    if (die < 0.06) this.#tellConstant(to)
    else if (die < 0.5)
      this.#tell('outside', to, this.#pick(['work', 'work', 'work', 'later', 'open', 'close']))
    else if (die < 0.62) this.#tell('outside', to, 'forward', { to: this.#anyone() })
    else if (die < 0.7) this.#ask(to)
    else if (die < 0.78) this.#offer(to)
    else if (die < 0.81) this.#tell('outside', to, 'bad')
    else if (die < 0.84) this.#tell('outside', to, 'finish')
    else if (die < 0.88) {
      if (this.#laws.exact === undefined) this.#tell('outside', to, 'linger', { ms: this.#upTo(400) })
    } else if (die < 0.92) this.#harm(to)
    else this.#administer(system)
  }

  #ref(path: string): ActorRef<Message> | undefined {
    return this.#system?.effect.lookup<Message>(path)
  }

  #message<T extends Message['type']>(from: string, type: T, rest: object = {}): Message {
    return { type, id: this.#nextId++, from, ...rest } as unknown as Message
  }

  #tell(from: string, to: string, type: Message['type'], rest?: object): void {
    const ref = this.#ref(to)
    if (ref === undefined) return
    this.operations += 1
    const message = this.#message(from, type, rest)
    this.books.sends(message, to)
    ref.tell(message)
  }

  /** Tells one and the same object to everybody, again and again. */
  #tellConstant(to: string): void {
    const ref = this.#ref(to)
    if (ref === undefined) return
    this.operations += 1
    const message = this.#pick(this.#constants)
    this.books.sends(message, to)
    ref.tell(message)
  }

  #ask(to: string): void {
    const ref = this.#ref(to)
    if (ref === undefined) return
    this.operations += 1
    // Made anew where it is offered again, as the same message.
    const message = this.#message('outside', 'ask')
    this.books.sends(message, to)
    const asking = ref.ask<number>(replyTo => ({ ...message, replyTo }) as Message, 1 + this.#upTo(2000))
    void this.#perform(() => Effect.runPromise(asking))
  }

  #offer(to: string): void {
    const ref = this.#ref(to)
    if (ref === undefined) return
    this.operations += 1
    const message = this.#message('outside', 'work')
    this.books.sends(message, to)
    const offering = Effect.catchTag(ref.offer(message), 'MailboxFull', () =>
      Effect.sync(() => this.books.refused(message, to)),
    )
    void this.#perform(() => Effect.runPromise(offering))
  }

  #harm(to: string): void {
    const ref = this.#ref(to)
    if (ref === undefined) return
    const harmed = this.#chance(0.5) ? this.#faults.crash(ref) : this.#faults.kill(ref)
    if (harmed) this.operations += 1
  }

  #administer(system: PromiseSystem): void {
    const sup = system.effect.lookupSupervisor(
      this.#pick(this.#laws.exact ? ['/dyn'] : ['/sup', '/dyn', '/dyn', '/sup/in']),
    )
    if (sup === undefined) return
    const id = sup.path === '/dyn' ? `d${this.#upTo(3)}` : this.#pick(['a', 'b', 'c', 'x', 'in'])
    const operations: readonly (() => Effect.Effect<unknown, unknown>)[] = [
      () => sup.terminateChild(id),
      () => sup.restartChild(id),
      () => sup.deleteChild(id),
      () => sup.startChild(this.#worker(sup.path, id)),
    ]
    const chosen = this.#pick(operations)
    const strange = sup.path === '/sup' && id === 'x'
    if (strange) return
    this.operations += 1
    void this.#perform(() => Effect.runPromise(chosen()))
  }

  #anyone(): string {
    return this.#pick([
      '/sup/a',
      '/sup/b',
      '/sup/c',
      '/sup/in/x',
      '/sup/in/y',
      '/dyn/d0',
      '/dyn/d1',
      '/dyn/d2',
    ])
  }

  #upTo(most: number): number {
    return Math.floor(this.#faults.random() * (most + 1))
  }

  #chance(of: number): boolean {
    return this.#faults.random() < of
  }

  #pick<const T>(from: readonly T[]): T {
    return from[Math.floor(this.#faults.random() * from.length)] as T
  }
}

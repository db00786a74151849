// A death as a row of the table: how it is brought about, and what must come of it. Data and a way to do it; performing
// it is perform.ts, and what it is held to is said where it is used (deaths.test.ts, bench/deaths.bench.ts).
import type { Backend, Lane, Rung } from '../../../src/index.ts'
import type { Patience } from '../../rig/patience.ts'
import type { PageId, Stage } from './Stage.ts'

export type Kind = 'chromium' | 'firefox'
export type ByKind<A> = A | Readonly<Record<Kind, A>>

/**
 * What tells of it. `close`: a socket, a page or a process that ends, at once. `said`: the page, of one of its lanes: an
 * error that it threw, a GPU device that it lost. `dialled`: the page, which had missed its host and dialled again.
 * `silence`: missed beats. `unanswered`: missed beats, and a ping that nobody answers. `main`: a main thread that does
 * not answer. `work`: a lane past its deadline and one silence more. `nothing`: nobody may be found dead.
 */
export type Sign = 'close' | 'said' | 'dialled' | 'silence' | 'unanswered' | 'main' | 'work' | 'nothing'

/** What was noticed, by the host's own typed word for it. */
export interface Notice {
  readonly sign: Exclude<Sign, 'nothing'>
  /** How long it had lasted by then, where it is a silence. */
  readonly forMs: number | undefined
  readonly detail: string
}

/** How a run ended: answered, or with an error of that tag. */
export interface End {
  readonly tag: string
  readonly mayRunAgain: boolean | undefined
  readonly message: string
}

export interface Death {
  readonly name: string
  /** Why it cannot be provoked there; ends the title of the test that is skipped. */
  readonly skip?: Partial<Record<Kind, string>>
  /** How much time it takes; the tests leave it out where there is less. */
  readonly takes?: Patience
  /**
   * What is done to page a and its lane. Resolves when it has been done; where that takes a while of its own and its end
   * can be seen, with when that was: it cannot be noticed before.
   */
  readonly fault: (stage: Stage, victim: Lane) => Promise<number | undefined> | Promise<void>
  /** What must stand before: the lane that it will happen to, else a's own. */
  readonly prepare?: (stage: Stage) => Promise<Lane>
  readonly sign: ByKind<Sign>
  /** What may tell of it as well, where two of them race. */
  readonly orSigns?: readonly Sign[]
  /** The least step that works; `none` where nothing fell. */
  readonly rung: ByKind<Rung | 'none'>
  /** What may come of it as well, where that is the browser's to decide. */
  readonly orRung?: Partial<Record<Kind, Rung>>
  /** Whether page b keeps its socket, its lane and its models. */
  readonly sibling: ByKind<'untouched' | 'shares it'>
  /** How the run in flight ends: its answer, or one of these errors. */
  readonly ends: ByKind<readonly ('answered' | 'ConnectionLost' | 'LaneLost' | 'LaneHung' | 'RemoteFailed')[]>
  /** Of the lane that it happens to (default wasm). */
  readonly backend?: Backend
  /** What the browser itself takes its time to tell of: the bench shows it beside. */
  readonly toldLike?: 'close' | 'throw' | 'lose'
  /** Size of the runs that are kept in flight (default 700: about a tenth of a second each). */
  readonly size?: number
  /** Nothing is in flight. */
  readonly idle?: ByKind<boolean>
  /** A browser bears it a few times only: whoever repeats it takes a fresh one for each time. */
  readonly wearsOut?: true
  /** Why nothing more than `rung` is to be expected, where that surprises. */
  readonly because?: string
}

export const of = <A>(value: ByKind<A>, kind: Kind): A =>
  typeof value === 'object' && value !== null && kind in value
    ? (value as Readonly<Record<Kind, A>>)[kind]
    : (value as A)

export interface Outcome {
  /** What told of it; undefined: nothing did. */
  readonly notice: Notice | undefined
  /** From the fault, or from its own end where that was seen, until the first sign of it reached the host's user: the page's or the lane's end; undefined: none. */
  readonly noticedMs: number | undefined
  /** From then until the page and its lane answered again. */
  readonly readyMs: number | undefined
  readonly rung: Rung | 'none'
  /** How often this process, and the host in it, stood still for so long meanwhile that the host forgives it. */
  readonly pauses: number
  readonly siblingUntouched: boolean
  readonly siblingAnswers: number
  /** Of the run in flight; undefined where there was none. */
  readonly end: End | undefined
  /** Pages that went down, in order. */
  readonly downs: readonly PageId[]
}

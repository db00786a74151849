// Answers that find nobody waiting: which of them are nobody's fault, and how many there were. Not what becomes of a page
// that says them: LivePage.ts judges.
import type { Work } from './Heartbeat.ts'

/** Which lane was asked for what. */
export interface Placed {
  readonly lane: number
  readonly work: Work
}

export interface StrayCounts {
  /** To a request whose caller had gone. */
  late: number
  /** To a request that was never made, or was answered before, or with something else than was asked for. */
  unknown: number
}

/** An answer that was not to be given; what it changes is nothing. */
export interface AnswerFault {
  readonly code: 'AnswerUnasked' | 'AnswerRepeated' | 'AnswerBeyondAgreed'
  readonly detail: string
}

/** Requests that ended without the page's answer are remembered: it may come yet. */
const unansweredKept = 4_096

export class StrayAnswers {
  readonly counts: StrayCounts = { late: 0, unknown: 0 }
  /** Ended here when a lane or a socket was lost, oldest first. */
  readonly #unanswered = new Map<number, Placed>()

  /** The same page's former socket, with what it left unanswered. */
  continueAfter(former: StrayAnswers): void {
    for (const [id, placed] of former.#unanswered) this.#unanswered.set(id, placed)
  }

  /** This request has ended without its answer, which may be on its way. */
  unanswered(id: number, placed: Placed): void {
    this.#unanswered.set(id, placed)
    if (this.#unanswered.size <= unansweredKept) return
    const [oldest] = this.#unanswered.keys()
    if (oldest !== undefined) this.#unanswered.delete(oldest)
  }

  find(id: number): Placed | undefined {
    return this.#unanswered.get(id)
  }

  late(): undefined {
    this.counts.late += 1
  }

  /** An answer, or a part of one, to a request that is not open; `made` where there was such a request at all. */
  toNobody(id: number, made: boolean, kind: 'answer' | 'part'): AnswerFault | undefined {
    const excused = kind === 'answer' ? this.#unanswered.delete(id) : this.#unanswered.has(id)
    if (excused) return this.late()
    return made
      ? this.fault('AnswerRepeated', `request ${id} had been answered`)
      : this.fault('AnswerUnasked', `there was no request ${id}`)
  }

  fault(code: AnswerFault['code'], detail: string): AnswerFault {
    this.counts.unknown += 1
    return { code, detail }
  }
}

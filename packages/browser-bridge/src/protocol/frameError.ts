// What a frame can be refused for. Plain tagged class, not Effect's: the page's bundle carries no Effect, and
// `catchTag` goes by `_tag` alone.

export type FrameErrorCode =
  /** Fewer bytes than the frame says it has. */
  | 'FrameTruncated'
  | 'FrameTooLarge'
  | 'HeaderTooLarge'
  /** The header is no JSON map, or a value to be sent is none that JSON holds. */
  | 'HeaderMalformed'
  /** `t` names no message of this direction. */
  | 'MessageUnknown'
  /** A field is missing or of another type. */
  | 'MessageInvalid'
  | 'TooManyTensors'
  /** dtype, dims and bytes of a tensor contradict each other. */
  | 'TensorInvalid'
  /** Bytes are left after the last tensor. */
  | 'FrameTrailing'
  /** A chunk, a cut or a credit contradicts what came before it, or itself. */
  | 'FlowInvalid'
  /** It answers a request that was never made. */
  | 'AnswerUnasked'
  /** It answers a request that is answered. */
  | 'AnswerRepeated'
  /** It answers with something else than what was asked for: another kind, other outputs, types or shapes. */
  | 'AnswerBeyondAgreed'
  /** More frames that nobody asked for, or more bytes of half-sent ones, than any page has reason to send. */
  | 'FrameFlood'

/** Text of the other side's as it may stand on a terminal: nothing in it moves the cursor or turns the line. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd')

/** Occurs when bytes that arrived are no frame of this protocol, or a message to be sent cannot be one. */
export class FrameError extends Error {
  readonly _tag = 'FrameError'
  override readonly name = 'FrameError'
  readonly code: FrameErrorCode
  constructor(code: FrameErrorCode, detail: string) {
    // It quotes what the other side wrote.
    super(printable(`${code}: ${detail}`))
    this.code = code
  }
}

// The trace that a message belongs to: an Effect span (or one from outside), carried from whoever told or asked to
// the actor, to what it tells in turn, and to the effects it runs meanwhile. It makes no spans of its own.

import { Context, Fiber, Tracer } from 'effect'

/** A span: `traceId` and `spanId` (hex, as in W3C Trace Context), and whether it is sampled. */
export type Trace = Tracer.AnySpan

/** The span that the running fiber stands in; none outside of effects, and outside of spans. */
export function traceOfFiber(): Trace | undefined {
  const fiber = Fiber.getCurrent()
  return fiber && Context.getOrUndefined(fiber.context, Tracer.ParentSpan)
}

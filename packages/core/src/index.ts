// The one door of @shoal/core.

export type { ActorClock } from './ActorClock.ts'
export type { ActorPath } from './ActorPath.ts'
export type { ActorRef, AskError, OfferError, ReplyTo, SnapshotListener, Terminated } from './ActorRef.ts'
export { ActorSystem, type SystemOptions, type SystemStartError } from './ActorSystem.ts'
export { type Behavior, behavior, type Deferral, type MailboxOptions, type Overflow } from './Behavior.ts'
export type { AnySpec, ChildSpec, SupervisorSpec } from './ChildSpec.ts'
export { deathWatch } from './deathWatch.ts'
export type { ExitReason } from './ExitReason.ts'
export {
  ActorFailed,
  ActorStopped,
  AskTimeout,
  ChildAlreadyPresent,
  ChildAlreadyStarted,
  ChildNotFound,
  ChildRestarting,
  ChildRunning,
  EffectInterrupted,
  InvalidMessage,
  InvalidSpec,
  InvalidTimeout,
  MailboxFull,
  MessageUnhandled,
  NotHosted,
  OutboxFull,
  RestartIntensityExceeded,
  SnapshotRefused,
  StartFailed,
  StoreFailed,
  SupervisorStopped,
} from './errors.ts'
export { type EffectArgs, type EffectLogic, fromEffect, fromEffectStream } from './fromEffect.ts'
export type {
  Abandoned,
  DeadLetter,
  DeadReason,
  InProcess,
  Inspection,
  LifecycleEvent,
} from './Inspection.ts'
export type { KeepOptions, KeptSnapshot, KeptTimer, SnapshotStore } from './KeptSnapshot.ts'
export type { PromiseRef } from './PromiseRef.ts'
export type { PromiseChildInfo, PromiseSupervisorRef } from './PromiseSupervisorRef.ts'
export type { PromiseSystem } from './promise.ts'
export type { ShutdownLimit } from './ShutdownLimit.ts'
export type { StartContext } from './StartContext.ts'
export type { AutoShutdown, RestartType, StrategyName } from './Strategy.ts'
export type { ChildCount, ChildInfo, RestartRecord, StartChildError, SupervisorRef } from './SupervisorRef.ts'
export type { EventSource } from './SystemContract.ts'
export type { LogOption, LogRecord } from './SystemLog.ts'
export {
  type ChildOptions,
  child,
  type DynamicSupervisorOptions,
  dynamicSupervisor,
  type SupervisorOptions,
  supervisor,
} from './specify.ts'
export type { Trace } from './Trace.ts'
export { type StatelyAdapter, type StatelyEvent, toStately } from './toStately.ts'

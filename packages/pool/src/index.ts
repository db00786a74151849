// The door of @shoal/pool. Errors of the packages below that its methods reject with come through it too.

export {
  type BrowserKind,
  CertificateInvalid,
  type JoinAddress,
  type JoinAddressOptions,
  LaneOpenFailed,
  ListenFailed,
  PageBuildFailed,
  PortInUse,
  ProfileFolderFailed,
  RemoteFailed,
  RequestRefused,
  type Tensor,
  type TlsOptions,
} from '@shoal/browser-bridge'
export {
  CacheUnwritable,
  HubRefused,
  HubUnreachable,
  ModelCorrupt,
  ModelFileMissing,
  ModelNameRefused,
  ModelNotFound,
  ModelUnreadable,
} from '@shoal/model-store'
export { InputMismatch, OnnxDecodeError, UnsupportedOperators } from '@shoal/onnx'
export type { BatchShare, Placement, Timing } from './Answer.ts'
export type { BatchingOptions, ReleaseReason } from './batching/Batching.ts'
export {
  DeadlineExceeded,
  InterruptedAfter,
  InvalidInput,
  InvalidOption,
  ModelIncomplete,
  ModelReleased,
  ModelTooLarge,
  ModelUnplaceable,
  NoBrowser,
  Overloaded,
  PoisonRequest,
  PoolClosed,
  RequestAborted,
  UnsupportedOption,
  VersionMismatch,
} from './errors.ts'
export type { BrowserInfo } from './fleet/Browsers.ts'
export type { BrowserChoice, LaunchChoice } from './fleet/browserSources.ts'
export type { DeviceInfo, JoinOptions, PoolJoin } from './fleet/Devices.ts'
export type { AudioSamples, ModelInput, RawPixels, TaskParts } from './inputs.ts'
export type { LedgerCounts } from './Ledger.ts'
export type { AnswerStream, Model, ModelStatus, RunAnswer } from './Model.ts'
export type {
  ModelDtype,
  ModelSpec,
  Optimizations,
  PartDtypes,
  Platform,
  ResolvedSpec,
} from './ModelSpec.ts'
export type { ModelType } from './ModelType.ts'
export type { ConnectionMetrics, ConnectionState } from './metrics/ConnectionMetrics.ts'
export type { HostMetrics } from './metrics/HostMetrics.ts'
export type { LatencyRow, Quantiles } from './metrics/Latencies.ts'
export type { LaneMetrics, ModelMetrics, PoolMetrics } from './metrics/PoolMetrics.ts'
export type { Restart, RestartMetrics } from './metrics/Restarts.ts'
export type { IgnoredOption } from './model/IgnoredOption.ts'
export type { ModelLoading } from './model/modelActor.ts'
export type { PoolOptions } from './PoolOptions.ts'
export {
  type AliasOptions,
  type CloseOptions,
  type ConcurrentEntry,
  type GetModelOptions,
  ResourcePool,
} from './ResourcePool.ts'
export type { ExplainedPlace, Explanation } from './routing/explain.ts'
export type { BrowserPreferences, TypePreference } from './routing/preferences.ts'
export type { Quarantine, SpotCheckCounts } from './routing/SpotChecks.ts'
export type { RunModelOptions } from './runOptions.ts'
export type { Ceiling } from './scaling/ceilings.ts'
export { type CpuReading, readCpu } from './scaling/cpu.ts'
export type { Decision, ScalingCause, ScalingGrounds } from './scaling/Decision.ts'
export { type MemoryReading, readMemory } from './scaling/memory.ts'
export type { ScalingRules } from './scaling/ScalingPolicy.ts'

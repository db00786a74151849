// The one door of @shoal/browser-bridge: what runs in Node. The page's own code is not exported; the host serves it.

export type { NamedTensor, Tensor } from '@shoal/tensor'
export {
  type Begun,
  BrowserDied,
  BrowserRecycled,
  CertificateInvalid,
  ConnectFailed,
  ConnectionFailed,
  ConnectionLost,
  DeadlineExceeded,
  LaneHung,
  type LaneLimit,
  LaneLost,
  LaneOpenFailed,
  LaunchFailed,
  LaunchUnsupported,
  ListenFailed,
  PageBuildFailed,
  PageFailed,
  PortInUse,
  ProfileFolderFailed,
  RemoteFailed,
  RequestCancelled,
  type RequestError,
  RequestRefused,
} from './errors.ts'
export type { BrowserEvent as BrowserCommand } from './machines/browser.machine.ts'
export type { ConnectionLimits } from './machines/ConnectionContext.ts'
export type { ConnectionCommand } from './machines/ConnectionEvent.ts'
export type { DeviceCommand, DeviceLimits } from './machines/device.machine.ts'
export type { Fault, Recovery, Rung } from './machines/ladder.ts'
export { BrowserSlot } from './node/BrowserSlot.ts'
export { type BrowserProcessOptions, type BrowserSnapshot, browserProcess } from './node/browserProcess.ts'
export type { Browser, ExitDetail, PageEnd, PageHandle, Way } from './node/browsers/Browser.ts'
export { type BrowserSource, nameOf, openBrowser } from './node/browsers/BrowserSource.ts'
export type { Channel } from './node/browsers/channel.ts'
export { sandboxed } from './node/browsers/chromiumFlags.ts'
export {
  type BrowserKind,
  browserKinds,
  type DiscoverOptions,
  discover,
  type FoundBrowser,
} from './node/browsers/discover.ts'
export { type Endpoint, endpointFault } from './node/browsers/Endpoint.ts'
export type { LaunchOptions } from './node/browsers/LaunchOptions.ts'
export { launch } from './node/browsers/launch.ts'
export { launchRefusal } from './node/browsers/launchRefusal.ts'
export { type Gpu, type Machine, seeMachine } from './node/browsers/machine.ts'
export { pickBrowser } from './node/browsers/pickBrowser.ts'
export { listProcesses, type ProcessInfo } from './node/browsers/processTable.ts'
export { membersOf, type ProcessTree, processTree } from './node/browsers/processTree.ts'
export { type Reaped, reapOrphans } from './node/browsers/reapOrphans.ts'
export type { ConnectionListener } from './node/ConnectionSession.ts'
export { type ConnectionOptions, type ConnectionSnapshot, connection } from './node/connection.ts'
export type { DeviceListener } from './node/DeviceSession.ts'
export {
  BridgeHost,
  type BridgeHostOptions,
  type Invitation,
  type InviteOptions,
} from './node/host/BridgeHost.ts'
export { Door, type DoorOptions, type JoinAddress } from './node/host/Door.ts'
export type { FileProvider, OpenedFile } from './node/host/FileProvider.ts'
export type { Refusal } from './node/host/Gateway.ts'
export type { JoinAddressOptions, JoinedDevice } from './node/host/JoinDoor.ts'
export type { TlsOptions } from './node/host/listen.ts'
export { type PageBundle, pageBundle } from './node/host/pageBundle.ts'
export { type DeviceSnapshot, joinedDevice } from './node/joinedDevice.ts'
export type { HeartbeatLimits } from './node/link/Heartbeat.ts'
export type {
  Lane,
  LaneStream,
  Loaded,
  LoadRequest,
  RunOptions,
  RunRequest,
  RunResult,
  StreamOptions,
} from './node/link/Lane.ts'
export type { LiveConnection } from './node/link/LivePage.ts'
export type { AnswerPart } from './node/link/PartQueue.ts'
export type { Trust } from './node/link/Trust.ts'
export { warnOf } from './node/warnOf.ts'
export { type FrameErrorCode, printable } from './protocol/frameError.ts'
export type {
  Adapter,
  AnswerNumber,
  Backend,
  BrowserIdentity,
  Capabilities,
  FilesTaken,
  LoadTiming,
  ModelDtype,
  ModelFile,
  ModelManifest,
  RunTiming,
  TaskInput,
  ValueMetadata,
} from './protocol/messages.ts'
export {
  type Modality,
  modalityOf,
  type TaskKind,
  type TaskType,
  taskInputFault,
  tasks,
} from './protocol/tasks.ts'
export type { WireErrorCode } from './protocol/wireErrors.ts'

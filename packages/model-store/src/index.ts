// The door of @shoal/model-store: where model files come from, and what they are once they are here.

export { defaultCacheFolder } from './cacheFolder.ts'
export type { Dtype, PartDtypes } from './Dtype.ts'
export {
  CacheUnwritable,
  HubRefused,
  HubUnreachable,
  ModelCorrupt,
  ModelFileMissing,
  ModelNameRefused,
  ModelNotFound,
  type ModelStoreError,
  ModelUnreadable,
} from './errors.ts'
export type { ModelProgress } from './ModelSource.ts'
export { ModelStore, type ModelStoreOptions, type ResolveOptions } from './ModelStore.ts'
export type { ByteRange, ModelFile, OpenedFile, StoredModel } from './StoredModel.ts'

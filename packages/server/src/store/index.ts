export type * from './types.ts'
export { StoreConflictError, StoreOpenError } from './errors.ts'
export { isPageToken } from './pageToken.ts'
export { databaseFileName, openStore, type OpenStoreOptions } from './openStore.ts'

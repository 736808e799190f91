export * from './ipc.ts'
export * from './MediaError.ts'
export * from './types.ts'

export * from './build.ts'
export * from './ntp.ts'
export * from './parse.ts'
export * from './types.ts'

/** Branded ids: made in one place, never mixed up. All are UUID strings. */
type Brand<Name extends string> = string & { readonly __brand?: Name }

export type ProjectId = Brand<'ProjectId'>
export type RoomId = Brand<'RoomId'>
export type RoomSessionId = Brand<'RoomSessionId'>
export type MemberId = Brand<'MemberId'>
/** Id of one call (leg) between a browser and the server; chosen by the client. */
export type CallId = Brand<'CallId'>
export type RecordingId = Brand<'RecordingId'>
export type PlaybackId = Brand<'PlaybackId'>
export type StreamId = Brand<'StreamId'>

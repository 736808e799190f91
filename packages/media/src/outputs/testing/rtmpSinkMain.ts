import { RtmpServer } from './RtmpServer.ts'

/** A process that takes RTMP streams on a port it tells, until whoever started it lets go. */

const server = await RtmpServer.start({ keepsMedia: false })
process.send?.(server.port)
process.once('disconnect', () => void server.close())

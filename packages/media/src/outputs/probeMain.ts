import { setTimeout as delay } from 'node:timers/promises'
import { Log } from 'node-av/lib'
import { AV_LOG_QUIET } from 'node-av/constants'
import { isFinishedMp4, measureMp4 } from './recording/measureMp4.ts'
import { isOpenElsewhere } from './recording/openFiles.ts'
import { repairMp4 } from './recording/repairMp4.ts'

/** Entry of `probeRecording`: measures one file, mends it, measures it again, tells each, and ends. */

Log.setLevel(AV_LOG_QUIET)

/** A recorder that lost its media process has its file whole within this. */
const writerTimeoutMs = 10_000

const path = process.argv[2] ?? ''
const deadlineMs = performance.now() + writerTimeoutMs
while (isOpenElsewhere(path) && performance.now() < deadlineMs) await delay(100)
const before = measureMp4(path)
process.send?.(before)
if (before !== null && !isFinishedMp4(path) && repairMp4(path)) process.send?.(measureMp4(path))
process.disconnect()

import { parentPort, workerData } from 'node:worker_threads'

import { silenceCodecs } from './codecs.ts'
import { VideoPipeline } from './VideoPipeline.ts'
import type { FromVideoWorker, ToVideoWorker, VideoWorkerData } from './videoMessages.ts'

/** The thread of one room's picture: a `VideoPipeline` behind a message port. See `RoomVideo`. */
const port = parentPort!
const { options, taken } = workerData as VideoWorkerData
const takenCount = new Int32Array(taken)

silenceCodecs()
const pipeline = new VideoPipeline(options, {
  onEncoded: (frame) => send({ type: 'encoded', frame }, [frame.data.buffer]),
  onOutputPicture: (picture) => send({ type: 'outputPicture', picture }, [picture.data.buffer]),
  onPreview: (webp) => send({ type: 'preview', webp }, [webp.buffer]),
  onKeyframeNeeded: (sourceId) => send({ type: 'keyframeNeeded', sourceId }),
  onProblem: (message, fields) => send({ type: 'log', level: 'warn', message, fields }),
})

port.on('message', (message: ToVideoWorker) => {
  switch (message.type) {
    case 'frames':
      pipeline.takeFrames(message)
      Atomics.add(takenCount, 0, message.frames.length)
      break
    case 'picture': {
      pipeline.takePicture(message.sourceId, message.picture)
      const { bytes } = message.picture
      send({ type: 'pictureTaken', id: message.id, bytes }, [bytes])
      break
    }
    case 'scene':
      pipeline.setScene(message.scene)
      break
    case 'keyframe':
      pipeline.requestKeyframe(message.key)
      break
    case 'demand':
      pipeline.setDemand(message.demand)
      break
    case 'outputDemand':
      pipeline.setOutputDemand(message.isWanted)
      break
    case 'outputKeyframe':
      pipeline.requestOutputKeyframe()
      break
    case 'resetSource':
      pipeline.resetSource(message.sourceId)
      break
    case 'removeSource':
      pipeline.removeSource(message.sourceId)
      break
    case 'stats': {
      const { user, system } = process.threadCpuUsage()
      send({ type: 'stats', id: message.id, stats: { ...pipeline.stats(), cpuMs: (user + system) / 1000 } })
      break
    }
    case 'close':
      pipeline.close()
      port.close()
      break
  }
})
send({ type: 'ready' })

function send(message: FromVideoWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}

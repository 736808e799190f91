import { defaultRecorderLimits, RecorderProcess } from '../recording/RecorderProcess.ts'
import { fakeFormat, fakeUnits } from './fileUnits.ts'

/** A process that records a little and is killed by its own hand, without a word to its recorder. */

const path = process.argv[2] ?? ''
const recorder = new RecorderProcess(
  path,
  {
    onOpened: () => {
      for (const unit of fakeUnits(0, 3000)) recorder.write(unit)
      let timeMs = 3000
      setInterval(() => {
        // Units go out in batches by time: one more sends those of before.
        for (const unit of fakeUnits(timeMs, (timeMs += 40))) recorder.write(unit)
        if (recorder.progress.durationMs > 0) process.kill(process.pid, 'SIGKILL')
      }, 50)
    },
    onEnded: () => process.exit(1),
  },
  defaultRecorderLimits,
)
recorder.open(fakeFormat, null)

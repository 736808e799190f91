import { randomUUID } from 'node:crypto'
import { mkdir, open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, ok, reasonOf, warn, type Check } from './Finding.ts'

/** An hour of a recorded 720p room takes about 1.2 GB. */
const warnBelowBytes = 5 * 1024 ** 3
const failBelowBytes = 200 * 1024 ** 2

/** Whether the data directory can be written, and has room. */
export const checkDisk: Check = async ({ dataDir }) => {
  try {
    await mkdir(dataDir, { recursive: true })
    const path = join(dataDir, `.doctor-${randomUUID()}`)
    const file = await open(path, 'wx')
    try {
      await file.writeFile('ok')
      await file.sync()
    } finally {
      await file.close()
      await rm(path, { force: true })
    }
  } catch (error) {
    return [
      fail(
        `The data directory ${dataDir} cannot be written: ${reasonOf(error)}`,
        'Give the user who runs Roomful the right to write there, or set ROOMFUL_DATA_DIR to another place.',
      ),
    ]
  }
  const { bavail, bsize } = await statfs(dataDir)
  const freeBytes = bavail * bsize
  const words = `${dataDir} can be written and has ${(freeBytes / 1024 ** 3).toFixed(1)} GB free`
  const advice = 'An hour of a recorded 720p room takes about 1.2 GB: make space, or set ROOMFUL_DATA_DIR.'
  if (freeBytes < failBelowBytes) return [fail(words, advice)]
  return [freeBytes < warnBelowBytes ? warn(words, advice) : ok(words)]
}

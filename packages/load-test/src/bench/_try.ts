import { makeClip } from '@roomful/media/video/bench/clip'
import { silenceCodecs } from '@roomful/media/video/codecs'
import { MemberHost } from '../MemberHost.ts'
import { VideoClip } from '../VideoClip.ts'
import { measureCores, source } from './cores.ts'
import { measureJoins } from './joins.ts'
import { readUsage } from './processUsage.ts'
import { ServerUnderTest } from './ServerUnderTest.ts'
silenceCodecs()
const t0 = performance.now()
const frames = makeClip(source.width, source.height, 25, 100, source.bitrateBps).map((f) => f.data)
const clip = new VideoClip(frames, 25)
console.log('clip', performance.now() - t0)
const server = await ServerUnderTest.start()
const hosts = [await MemberHost.start(clip), await MemberHost.start(clip)]
console.log('started', performance.now() - t0)
const r = await measureCores({ server, hosts, clip, sizes: [4], rounds: 1, roundMs: 3000, log: console.log })
console.dir(r, { depth: 5 })
console.log(readUsage(server.mediaPid).threads)
console.log(await measureJoins(server, hosts, 5))
for (const h of hosts) await h.close()
await server.close()
console.log('closed', performance.now() - t0)

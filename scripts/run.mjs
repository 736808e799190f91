// `npm start`, `npm test` and the others. Runs on the machine's Node (20 or newer), before anything is
// installed: no dependencies, no new syntax, nothing but what old versions of Node also understand.
import { bootstrapMajor, majorOf, neededMajor } from './lib/node.mjs'

if (majorOf(process.version) < bootstrapMajor) {
  process.stderr.write(
    `error: Roomful needs Node ${bootstrapMajor} or newer to start (it brings Node ${neededMajor} itself); this is ${process.version}.\n`,
  )
  process.exit(1)
}

const { main } = await import('./lib/main.mjs')
const code = await main(process.argv.slice(2))
if (code !== undefined) process.exitCode = code

import { loadConfig, readSettings } from '../config/index.ts'
import type { Command } from './Command.ts'
import { examine, report } from './doctor/doctor.ts'

export const doctor: Command = {
  summary: 'look whether everything is there that the server needs, and say what to do',
  usage: 'roomful doctor',
  async run(argv, { environment, print }) {
    const findings = await examine(() => loadConfig(readSettings(argv, environment)))
    print(report(findings).trimEnd())
    return findings.some(({ level }) => level === 'fail') ? 1 : 0
  },
}

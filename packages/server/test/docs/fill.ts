import { writeFileSync } from 'node:fs'
import { readPage, root } from './markdown.ts'
import { runPage } from './runPage.ts'

/**
 * `node --conditions=roomful-source packages/server/test/docs/fill.ts docs/rest.md`: runs a page and writes what
 * really comes out into its `output` blocks that hold nothing but a question mark.
 */
const [page = ''] = process.argv.slice(2)
const lines = readPage(page).split('\n')
const faults = await runPage(readPage(page), {
  onOutput(line, language, output) {
    if (lines[line] !== '?') return
    lines[line] = language === 'json' ? JSON.stringify(JSON.parse(output), null, 2) : output
  },
})
writeFileSync(root + page, lines.join('\n'))
process.stdout.write(`${faults.join('\n')}\n`)

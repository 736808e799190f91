import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** Pages that people write; those below docs/reference are generated. */
export const pages: readonly string[] = ['README.md', ...globSync('docs/*.md', { cwd: root }).sort()]

export const readPage = (page: string): string => readFileSync(root + page, 'utf8')

/** One step of a page: a fenced block, or a word to the test, `<!-- test: Ada joins standup -->`. */
export type Step =
  | {
      kind: 'block'
      line: number
      language: string
      /** What else stands behind the language: `run`, `output`, `file=NAME`, `serve=PORT`. */
      flags: ReadonlyMap<string, string>
      text: string
    }
  | { kind: 'word'; line: number; text: string }
export type Block = Extract<Step, { kind: 'block' }>

export function stepsOf(markdown: string): Step[] {
  const steps: Step[] = []
  const lines = markdown.split('\n')
  for (let index = 0; index < lines.length; index++) {
    const word = /^<!-- test: (.*) -->$/.exec(lines[index]!)
    if (word !== null) steps.push({ kind: 'word', line: index + 1, text: word[1]! })
    const opening = /^( *)(`{3,})(.*)$/.exec(lines[index]!)
    if (opening === null) continue
    const [, indent = '', fence = '', info = ''] = opening
    const line = index + 1
    const body: string[] = []
    for (index++; index < lines.length && lines[index]!.trim() !== fence; index++)
      body.push(lines[index]!.slice(indent.length))
    const [language = '', ...flags] = info.trim().split(/\s+/)
    steps.push({
      kind: 'block',
      line,
      language,
      flags: new Map(
        flags.map((flag) => {
          const [name = '', value = ''] = flag.split('=')
          return [name, value] as const
        }),
      ),
      text: `${body.join('\n')}\n`,
    })
  }
  return steps
}

export const blocksOf = (markdown: string): Block[] =>
  stepsOf(markdown).filter((step): step is Block => step.kind === 'block')

/** The block that a page tells its reader to save under this name. */
export function fileOf(page: string, name: string): string {
  const block = blocksOf(readPage(page)).find(({ flags }) => flags.get('file') === name)
  if (block === undefined) throw new Error(`${page} has no block file=${name}`)
  return block.text
}

const withoutCode = (markdown: string): string =>
  markdown.replace(/^( *)(`{3,})[^]*?^ *\2$/gm, '').replace(/`[^`\n]*`/g, '')

/** Targets of all links and pictures. */
export function linksOf(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!)
}

/** Names by which its headings are linked to, as GitHub makes them. */
export function anchorsOf(markdown: string): Set<string> {
  const headings = markdown.replace(/^( *)(`{3,})[^]*?^ *\2$/gm, '').matchAll(/^#{1,6} +(.*)$/gm)
  return new Set(
    [...headings].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  )
}

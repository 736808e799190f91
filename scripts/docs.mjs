import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as prettier from 'prettier'
import { readApi, readApiNames } from './lib/apiReference.mjs'
import { root as rootDir } from './lib/paths.mjs'

/**
 * Writes the pages that are made from the sources: docs/reference/room-session.md from the SDK's docstrings,
 * docs/compatibility.md from the documented names and the tests that observe them.
 */
const api = readApi()
const names = readApiNames()
const read = (path) => readFileSync(join(rootDir, path), 'utf8')
const coverage = JSON.parse(read('e2e/controls/coverage.json'))

const section = (title, entries) =>
  [
    `## ${title}`,
    ...entries.map(({ name, signature, doc }) => `### ${name}\n\n\`\`\`ts\n${signature}\n\`\`\`\n\n${doc}`),
  ].join('\n\n')

const reference = `<!-- Made by \`npm run docs\` from the docstrings in packages/client/src. -->

# RoomSession

Every option, property, method and event of the SDK's \`RoomSession\`. How to begin is told in the
[package's README](../../packages/client/README.md); how it relates to the original API, in
[Compatibility](../compatibility.md).

${section('Options', api.options)}

${section(
  'Properties',
  api.members.filter(({ kind }) => kind === 'property'),
)}

${section(
  'Methods',
  api.members.filter(({ kind }) => kind === 'method'),
)}

${section('Events', api.events)}
`

const has = {
  options: new Set(api.options.map(({ name }) => name)),
  properties: new Set(api.members.map(({ name }) => name)),
  methods: new Set(api.members.map(({ name }) => name)),
  events: new Set(api.events.map(({ name }) => name)),
  types: new Set(api.types),
}
/** Differences that one cannot see from the names. */
const stockNotes = {
  localOverlay: '`localVideoOverlay`',
  'room.audience_count': '`room.audienceCount`',
}

const rows = Object.entries(names).flatMap(([kind, list]) =>
  list.map((name) => {
    const tests = (coverage[name] ?? []).map((each) => each.replaceAll('|', '\\|'))
    const shown = tests.slice(0, 2).join('; ') + (tests.length > 2 ? `; and ${tests.length - 2} more` : '')
    return `| \`${name}\` | ${kind.replace(/ies$/, 'y').replace(/s$/, '')} | ${has[kind].has(name) ? 'yes' : 'not yet'} | ${stockNotes[name] ?? 'same name'} | ${shown || 'none yet'} |`
  }),
)
const missing = Object.entries(names).flatMap(([kind, list]) => list.filter((name) => !has[kind].has(name)))

const compatibility = `<!-- Made by \`npm run docs\` from packages/client/api-names.json and e2e/controls/coverage.json. -->

# Compatibility

The names that the original \`RoomSession\` documents, what our SDK has of them, how the stock client
\`@signalwire/js\` 3.30.0 calls them, and the tests that observe their effect (files below \`e2e/\` unless a package is
named). The stock client, unmodified, is part of the test suite.

${missing.length === 0 ? 'Nothing is missing.' : `Not there yet: ${missing.map((name) => `\`${name}\``).join(', ')}. They belong to recording, streaming and playback.`}

All of these tests run in Chromium. In Firefox (ESR) a test of its own joins through both clients, looks, listens, mutes
and leaves. Safari was never run. What is different in Firefox:

- When the media path is lost, our SDK makes a new connection at once, where it first restarts ICE elsewhere: Firefox
  keeps its DTLS association over an ICE restart, and the server begins a new one. The stock client only restarts ICE, so
  in Firefox it stays without media until the page is loaded anew.
- A server that is reached over loopback alone (\`ROOMFUL_RTC_HOST=127.0.0.1\`) is found by pages that use camera or
  microphone, and not by an audience: Firefox uses no loopback address. Without \`ROOMFUL_RTC_HOST\` the server has others.
- Speakers are listed once the page may use the microphone.

| Name | Kind | Our SDK | Stock client | Tests |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`

mkdirSync(join(rootDir, 'docs/reference'), { recursive: true })
const options = { ...JSON.parse(read('.prettierrc.json')), parser: 'markdown' }
for (const [path, text] of Object.entries({
  'docs/reference/room-session.md': reference,
  'docs/compatibility.md': compatibility,
})) {
  writeFileSync(join(rootDir, path), await prettier.format(text, options))
  process.stdout.write(`> ${path}\n`)
}

/** Examples that are not run by the test of the pages, by page and beginning, and why. */
export const notRun: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': { 'npm start': 'installs and builds as npm test does; test/main.test.ts starts the server' },
  'docs/architecture.md': { '': 'pictures' },
  'docs/embedding.md': { 'page ─': 'a picture' },
  'docs/events.md': { '{\n': 'samples: events.test.ts compares them' },
  'docs/getting-started.md': {
    'npm start': 'installs and builds as npm test does; test/main.test.ts starts the server',
    'Roomful is ready': 'what npm start says: test/main.test.ts',
  },
  'docs/moving-from-signalwire.md': {
    '-<script': 'a difference between two pages',
    ' const client': 'a difference between two programs',
  },
  'docs/operating-behind-nat.md': {
    'ROOMFUL_ANNOUNCED_IP=': 'settings of a machine behind NAT: e2e/walls has one',
    '# /etc/turnserver.conf': 'of coturn: e2e/walls starts one',
    'ROOMFUL_TURN_URLS=': 'settings',
  },
  'docs/operating.md': {
    'ROOMFUL_CONFIG=': 'a server of its own: src/config/sources.test.ts has all three places',
    './roomful doctor': 'opens the UDP ports of the machine: test/cli.test.ts',
    'scrape_configs:': 'of Prometheus',
  },
  'docs/performance.md': { 'npm run bench': 'takes minutes, and the machine for itself' },
  'docs/realtime-sdk.md': { 'npm install': 'needs the npm registry; it is installed here' },
  'docs/rest.md': { '{\n  "errors"': 'the body of an error: test/rest/contract has all of them' },
}

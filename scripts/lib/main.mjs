import { dirname, delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { exitWithParent, run } from './children.mjs'
import { ensureInstalled } from './install.mjs'
import { chooseNode, isMusl } from './node.mjs'
import { root, serverMain } from './paths.mjs'
import { complain, say } from './say.mjs'
import { tasks } from './tasks.mjs'

/**
 * Runs a task: installs what is missing, goes on under the right Node, builds what has changed, and does it.
 * Resolves with the exit code; undefined while a server that was started goes on running.
 *
 * @param {string[]} argv task and its arguments
 * @returns {Promise<number | undefined>}
 */
export async function main([name = '', ...args]) {
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined
  if (task === undefined) {
    complain(`There is no task "${name}". There are: ${Object.keys(tasks).join(', ')}.`)
    return 1
  }
  if (isMusl()) {
    complain(
      'Roomful needs a Linux with glibc (Debian, Ubuntu, Fedora, …); this one has musl, for which the codecs are not built.',
    )
    return 1
  }
  if (!(await ensureInstalled())) return 1

  const node = chooseNode({ version: process.version, platform: process.platform, arch: process.arch, root })
  if (node.kind === 'none') {
    complain(node.message)
    return 1
  }
  // A server always gets a group of its own: npm passes on the Ctrl-C that the terminal has sent already, and
  // it must reach the server once. Started so, we have a channel to the one who did.
  const needsGroup = task.ownGroup && !process.connected
  if (node.kind === 'bundled' || needsGroup) {
    if (node.kind === 'bundled') {
      say(`this is Node ${process.versions.node}: going on under the repository's own`)
    }
    const path = node.kind === 'bundled' ? node.path : process.execPath
    const argv = [join(root, 'scripts', 'run.mjs'), name, ...args]
    return await run(path, argv, { ownGroup: task.ownGroup })
  }

  exitWithParent()
  // Children that ask for `node` get this one.
  process.env.PATH = [dirname(process.execPath), process.env.PATH].join(delimiter)
  const code = await task.run(args)
  if (code !== 'server') return code
  // This very process becomes the server: one less to pass signals through.
  process.argv = [process.execPath, serverMain, ...(name === 'roomful' ? args.slice(1) : args)]
  await import(pathToFileURL(serverMain).href)
  return undefined
}

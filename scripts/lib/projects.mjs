/**
 * Whether a run of the tests with these arguments may come to those of a vitest project (`unit`, `integration`
 * or `e2e`). Arguments are those of vitest: file filters and options.
 *
 * @param {string[]} args
 * @param {string} project
 */
export function needsProject(args, project) {
  const projects = args.flatMap((arg, index) => {
    if (arg.startsWith('--project=')) return [arg.slice('--project='.length)]
    return args[index - 1] === '--project' ? [arg] : []
  })
  if (projects.length > 0) return projects.some((name) => name.includes(project) || name.includes('*'))
  // Only what looks like a path is a filter: anything else may be the value of an option.
  const filters = args.filter(
    (arg) => !arg.startsWith('-') && /[/\\.]|^(e2e|packages|scripts|apps)$/.test(arg),
  )
  if (filters.length === 0) return true
  return filters.some((filter) => /e2e/.test(filter) === (project === 'e2e'))
}

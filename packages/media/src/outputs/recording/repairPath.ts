/** Where the copy of a recording that is being mended lies. */
export function repairPath(path: string): string {
  return `${path}.repair`
}

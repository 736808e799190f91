/** What went wrong with a file, for members and operators: names the path and the cause. */

const causes: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file has reached the largest size that is allowed here',
  EROFS: 'the file system is read-only',
  EACCES: 'the server may not write there',
  EPERM: 'the server may not write there',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder does not exist',
  EEXIST: 'there is a file of that name already',
  EIO: 'the disk reports an error',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
}

/** By Linux error number: FFmpeg returns it negated. */
const codes: Readonly<Record<number, string>> = {
  2: 'ENOENT',
  5: 'EIO',
  13: 'EACCES',
  23: 'ENFILE',
  24: 'EMFILE',
  27: 'EFBIG',
  28: 'ENOSPC',
  30: 'EROFS',
  122: 'EDQUOT',
}

/** Of an error of `node:fs`. */
export function describeFileError(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const shown = error instanceof Error ? error.message : String(error)
  return describe(path, causes[code] ?? shown)
}

/** Of a result of FFmpeg below 0; `message` is FFmpeg's own. */
export function describeAvError(path: string, result: number, message: string): string {
  const code = codes[-result]
  return describe(path, (code === undefined ? undefined : causes[code]) ?? message)
}

function describe(path: string, cause: string): string {
  return `The recording ${path} cannot be written: ${cause}`
}

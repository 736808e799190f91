import type { Insertable, Updateable } from 'kysely'
import type { TableOf } from './schema.ts'

/** A record as it stands in its table, and back. Most properties are the same in both. */
export class Codec<R extends object> {
  readonly #json: ReadonlySet<string>
  readonly #booleans: ReadonlySet<string>

  constructor({
    json = [],
    booleans = [],
  }: { json?: readonly (keyof R & string)[]; booleans?: readonly (keyof R & string)[] } = {}) {
    this.#json = new Set(json)
    this.#booleans = new Set(booleans)
  }

  toRow(record: R): Insertable<TableOf<R>> {
    return this.#toColumns(record) as Insertable<TableOf<R>>
  }

  /** What is undefined in the patch stays as it is. */
  toPatch(patch: Partial<R>): Updateable<TableOf<R>> {
    return this.#toColumns(patch) as Updateable<TableOf<R>>
  }

  toRecord(row: object): R {
    const entries = Object.entries(row).flatMap(([name, value]): [string, unknown][] => {
      if (name === 'seq') return []
      if (value !== null && this.#json.has(name)) return [[name, JSON.parse(value as string)]]
      if (value !== null && this.#booleans.has(name)) return [[name, Boolean(value)]]
      return [[name, value]]
    })
    return Object.fromEntries(entries) as R
  }

  toRecordOrNull(row: object | undefined): R | null {
    return row === undefined ? null : this.toRecord(row)
  }

  #toColumns(record: object): Record<string, unknown> {
    const entries = Object.entries(record).filter(([, value]) => value !== undefined)
    return Object.fromEntries(
      entries.map(([name, value]) => [
        name,
        value !== null && this.#json.has(name) ? JSON.stringify(value) : value,
      ]),
    )
  }
}

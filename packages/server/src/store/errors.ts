/** A record would take what another one has, e.g. the name of a room. */
export class StoreConflictError extends Error {
  override readonly name = 'StoreConflictError'
  /** The property whose value is taken, e.g. `name`. */
  readonly property: string

  constructor(property: string, options?: { cause?: unknown }) {
    super(`Another record has this ${property} already`, options)
    this.property = property
  }
}

/** The database cannot be used; the message says why and what to do. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError'
}

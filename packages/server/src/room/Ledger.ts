/** Ended ones that are kept for lists. */
const maxEnded = 100

/** What is started in a session and comes to an end in it: all that run, and the latest that have ended. */
export class Ledger<T extends { readonly id: string; readonly endedAtMs: number | null }> {
  private readonly items = new Map<string, T>()

  /** In the order they were started. */
  get all(): T[] {
    const items = [...this.items.values()]
    const ended = items.filter(({ endedAtMs }) => endedAtMs !== null)
    for (const { id } of ended.slice(0, -maxEnded)) this.items.delete(id)
    return items.filter(({ id }) => this.items.has(id))
  }

  get running(): T[] {
    return this.all.filter(({ endedAtMs }) => endedAtMs === null)
  }

  find(id: string): T | undefined {
    return this.items.get(id)
  }

  add(item: T): void {
    this.items.set(item.id, item)
  }
}

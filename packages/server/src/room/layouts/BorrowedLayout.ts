import type { LayoutName } from '@roomful/protocol'

/**
 * The layout while screens and playbacks are shown that brought their own. The newest of them has its way; with the
 * end of the last the layout comes back that was there before.
 */
export class BorrowedLayout {
  private readonly guests = new Map<string, LayoutName>()
  private before: LayoutName | null = null

  /** A guest comes: the layout it brings is the present one from now on. */
  begin(guestId: string, brought: LayoutName, present: LayoutName): void {
    this.before ??= present
    this.guests.set(guestId, brought)
  }

  /** A guest is gone. Gives the layout that there is to be then; null: it stays as it is. */
  end(guestId: string): LayoutName | null {
    if (!this.guests.delete(guestId)) return null
    const newest = [...this.guests.values()].at(-1)
    if (newest !== undefined) return newest
    const { before } = this
    this.before = null
    return before
  }

  /** The layout that there would be without guests. */
  own(present: LayoutName): LayoutName {
    return this.before ?? present
  }

  /** Somebody chose a layout: it is not taken away by the end of a guest. */
  forget(): void {
    this.guests.clear()
    this.before = null
  }
}

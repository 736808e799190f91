import type { VideoLayout, VideoMember } from '@roomful/protocol'

/** What an event tells about a member: the id, and whatever else it holds. */
export type MemberPatch = Partial<VideoMember> & { id: string }

/** Everybody in the room with present values, kept up to date by the events of the server. */
export class MemberList {
  readonly #members = new Map<string, VideoMember>()

  /** Copies, in the order of joining. */
  get all(): VideoMember[] {
    return [...this.#members.values()].map((member) => ({ ...member }))
  }

  get(id: string): VideoMember | undefined {
    return this.#members.get(id)
  }

  replaceAll(members: readonly VideoMember[]): void {
    this.#members.clear()
    for (const member of members) this.#members.set(member.id, { ...member })
  }

  /** Adds a member, or takes over the fields that `patch` has; returns the whole member. */
  merge(patch: MemberPatch): VideoMember {
    const { updated: _updated, ...fields } = patch as MemberPatch & { updated?: unknown }
    const member = { ...this.#members.get(patch.id), ...fields } as VideoMember
    this.#members.set(patch.id, member)
    return { ...member }
  }

  /** Removes a member; returns its last values if it was known. */
  remove(id: string): VideoMember | undefined {
    const member = this.#members.get(id)
    this.#members.delete(id)
    return member
  }

  /** Takes over where everybody is. A member without a visible layer is off the canvas. */
  applyLayout(layout: VideoLayout): void {
    for (const member of this.#members.values()) {
      const layer = layout.layers.find((candidate) => candidate.member_id === member.id)
      member.current_position = layer?.position ?? 'off-canvas'
    }
  }
}

import type { LayoutName, MemberId, PlaybackId, VideoPosition } from '@roomful/protocol'
import { chooseStep } from './geometry.ts'
import type { LayoutStep, Place, PlaceRole } from './geometry.ts'

export type TenantId = MemberId | PlaybackId

/** A member or playback that may be shown, as the layout sees it. */
export type Tenant = {
  readonly id: TenantId
  readonly requestedPosition: VideoPosition
  /** The one who asked first has the place. */
  readonly requestOrder: number
  /** null: hand is down. */
  readonly raisedOrder: number | null
  readonly isScreen: boolean
}

export type ArrangeInput = {
  layout: LayoutName
  /** In the order they joined, playbacks last. */
  tenants: readonly Tenant[]
  floorHolderId: MemberId | null
  prioritizeHandraise: boolean
  previous: Arrangement | null
}

export type Arrangement = {
  readonly step: LayoutStep
  readonly occupants: ReadonlyMap<VideoPosition, TenantId>
  readonly positions: ReadonlyMap<TenantId, VideoPosition>
}

/** Gives each member a place: requests first, then the speaker, then everybody else with as little moving as can be. */
export function arrange(input: ArrangeInput): Arrangement {
  return new Arranging(input).run()
}

class Arranging {
  private readonly input: ArrangeInput
  private readonly step: LayoutStep
  private readonly occupants = new Map<VideoPosition, TenantId>()
  private readonly positions = new Map<TenantId, VideoPosition>()
  /** Those that a tile is looked for. */
  private readonly tenants: readonly Tenant[]
  private readonly fullScreen: Tenant | undefined
  private readonly playback: Tenant | undefined

  constructor(input: ArrangeInput) {
    this.input = input
    const isPlayback = (each: Tenant): boolean => each.requestedPosition === 'playback'
    this.tenants = input.tenants.filter((each) => !isPlayback(each))
    this.fullScreen = byRequest(this.tenants.filter((each) => each.requestedPosition === 'full-screen'))[0]
    // The newest: who plays after another means it to be seen.
    this.playback = byRequest(input.tenants.filter(isPlayback)).at(-1)
    // Whoever covers the canvas needs no tile beneath.
    const tileCount = this.tenants.length - (this.fullScreen ? 1 : 0)
    this.step = chooseStep(input.layout, tileCount)
  }

  run(): Arrangement {
    if (this.fullScreen) this.seat(this.fullScreen, 'full-screen')
    if (this.playback) this.seat(this.playback, 'playback')
    this.seatRequested()
    this.seatMain()
    this.seatFloor()
    this.seatRaisedHands()
    this.seatWhereTheyWere()
    this.seatRest()
    return { step: this.step, occupants: this.occupants, positions: this.positions }
  }

  private seatRequested(): void {
    const known = new Set(this.step.places.map((place) => place.position))
    for (const tenant of byRequest(this.waiting())) {
      const wanted = tenant.requestedPosition
      if (known.has(wanted) && !this.occupants.has(wanted)) this.seat(tenant, wanted)
    }
  }

  private seatMain(): void {
    for (const place of this.free('main')) {
      const waiting = this.waiting()
      const { floorHolderId } = this.input
      const tenant =
        // The newest screen: who shares after another means to be seen.
        waiting.findLast((each) => each.isScreen) ??
        this.previousOf(place, (each) => each.id !== floorHolderId) ??
        waiting.find((each) => each.id !== floorHolderId) ??
        waiting[0]
      if (tenant) this.seat(tenant, place.position)
    }
  }

  private seatFloor(): void {
    for (const place of this.free('floor')) {
      const waiting = this.waiting()
      const tenant =
        waiting.find((each) => each.id === this.input.floorHolderId) ?? this.previousOf(place) ?? waiting[0]
      if (tenant) this.seat(tenant, place.position)
    }
  }

  private seatRaisedHands(): void {
    if (!this.input.prioritizeHandraise) return
    const raised = this.waiting()
      .filter((each) => each.raisedOrder !== null)
      .sort((a, b) => (a.raisedOrder ?? 0) - (b.raisedOrder ?? 0))
    this.fill(raised)
  }

  /** Within a step nobody moves without need; another step is filled anew in the order of joining. */
  private seatWhereTheyWere(): void {
    if (this.input.previous?.step !== this.step) return
    const free = new Set(this.free('standard').map((place) => place.position))
    for (const tenant of this.waiting()) {
      const before = this.input.previous.positions.get(tenant.id)
      if (before !== undefined && free.delete(before)) this.seat(tenant, before)
    }
  }

  private seatRest(): void {
    this.fill(this.waiting())
  }

  private fill(tenants: readonly Tenant[]): void {
    const free = this.free('standard')
    tenants.slice(0, free.length).forEach((tenant, index) => {
      const place = free[index]
      if (place) this.seat(tenant, place.position)
    })
  }

  private previousOf(place: Place, fits: (tenant: Tenant) => boolean = () => true): Tenant | undefined {
    const { previous } = this.input
    if (previous?.step !== this.step) return undefined
    const id = previous.occupants.get(place.position)
    return this.waiting().find((each) => each.id === id && fits(each))
  }

  private waiting(): Tenant[] {
    return this.tenants.filter((each) => !this.positions.has(each.id))
  }

  private free(role: PlaceRole): Place[] {
    return this.step.places.filter((place) => place.role === role && !this.occupants.has(place.position))
  }

  private seat(tenant: Tenant, position: VideoPosition): void {
    this.occupants.set(position, tenant.id)
    this.positions.set(tenant.id, position)
  }
}

const byRequest = (tenants: readonly Tenant[]): Tenant[] =>
  [...tenants].sort((a, b) => a.requestOrder - b.requestOrder)

import { ChildSession } from './features/ChildSession.ts'

/**
 * An additional camera or microphone: a member of its own, of type `device`, that belongs to this participant
 * (`parent_id`). Made by `addCamera()`, `addMicrophone()` and `addDevice()` of a room; leaves with the room.
 */
export class RoomSessionDevice extends ChildSession {}

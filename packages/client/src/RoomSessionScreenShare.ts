import { ChildSession } from './features/ChildSession.ts'

/**
 * A shared screen: a member of its own, of type `screen`, that belongs to this participant (`parent_id`). Made by
 * `startScreenShare()` of a room; leaves when the user stops sharing in the browser, and with the room.
 */
export class RoomSessionScreenShare extends ChildSession {}

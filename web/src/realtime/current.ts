import type { RoomFrame } from './frames'
import type { Link } from './link'

/** The link of the login of this page; none while nobody is signed in. Stores reach the connection through it. */
let link: Link | null = null
const waiting = new Set<(link: Link | null) => void>()

export function currentLink(): Link | null {
  return link
}

export function setCurrentLink(next: Link | null): void {
  link = next
  for (const listener of [...waiting]) listener(next)
}

/** Called when somebody signs in or out. */
export function onLinkChange(listener: (link: Link | null) => void): () => void {
  waiting.add(listener)
  return () => waiting.delete(listener)
}

type FrameListener = (frame: RoomFrame) => void
const frameListeners = new Map<number, Set<FrameListener>>()

/** Called for every frame about a room that comes in while it is followed. */
export function onRoomFrame(roomId: number, listener: FrameListener): () => void {
  const listeners = frameListeners.get(roomId) ?? new Set()
  frameListeners.set(roomId, listeners.add(listener))
  return () => listeners.delete(listener)
}

export function announceRoomFrame(frame: RoomFrame): void {
  for (const listener of [...(frameListeners.get(frame.room_id) ?? [])]) listener(frame)
}

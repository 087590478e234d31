import type { Attachment } from '@/lib/attachments'
import { type KeyValue, localStore, readJson } from '@/lib/storage'

/** A message that the server has not acknowledged. */
export interface OutboxEntry {
  clientId: string
  roomId: number
  body: string
  replyTo: number | null
  /** Files that were uploaded for it. */
  attachments: readonly Attachment[]
  /** Milliseconds since the Unix epoch. */
  createdAt: number
  /** Why it failed for good; null: it is still being tried. */
  error: string | null
}

const PREFIX = 'hallway.outbox.'
const MAX_ENTRIES = 200
/** What waited longer than this is not sent without being asked: the conversation has moved on. */
const STALE_MS = 24 * 3_600_000

function isAttachment(value: unknown): value is Attachment {
  if (typeof value !== 'object' || value === null) return false
  const { id, name, contentType, size, url } = value as Partial<Attachment>
  return (
    typeof id === 'number' &&
    typeof name === 'string' &&
    typeof contentType === 'string' &&
    typeof size === 'number' &&
    typeof url === 'string'
  )
}

function parseEntry(value: unknown): OutboxEntry | null {
  if (typeof value !== 'object' || value === null) return null
  const { clientId, roomId, body, replyTo, attachments, createdAt, error } = value as Partial<OutboxEntry>
  if (typeof clientId !== 'string' || typeof roomId !== 'number' || typeof body !== 'string') return null
  return {
    clientId,
    roomId,
    body,
    replyTo: typeof replyTo === 'number' ? replyTo : null,
    attachments: Array.isArray(attachments) ? attachments.filter(isAttachment) : [],
    createdAt: typeof createdAt === 'number' ? createdAt : 0,
    error: typeof error === 'string' ? error : null,
  }
}

/**
 * What one account still has to send, kept on the device until it is acknowledged. Every entry has a key of its own,
 * so tabs do not overwrite each other; should two tabs send the same entry, the server stores it once.
 */
export class Outbox {
  private readonly entries = new Map<string, OutboxEntry>()
  private readonly prefix: string

  constructor(
    userId: number,
    private readonly store: KeyValue = localStore,
    now = Date.now(),
  ) {
    this.prefix = `${PREFIX}${userId}.`
    const found = store.keys(this.prefix).map((key) => ({ key, entry: parseEntry(readJson(store, key)) }))
    for (const { key } of found.filter(({ entry }) => entry === null)) store.remove(key)
    const sound = found.flatMap(({ entry }) => (entry ? [entry] : []))
    for (const entry of sound.sort((a, b) => a.createdAt - b.createdAt).slice(-MAX_ENTRIES)) {
      const stale = now - entry.createdAt > STALE_MS
      this.entries.set(
        entry.clientId,
        stale ? { ...entry, error: entry.error ?? 'It waited too long.' } : entry,
      )
    }
  }

  get full(): boolean {
    return this.entries.size >= MAX_ENTRIES
  }

  get(clientId: string): OutboxEntry | undefined {
    return this.entries.get(clientId)
  }

  /** In the order of writing. */
  ofRoom(roomId: number): OutboxEntry[] {
    return [...this.entries.values()].filter((entry) => entry.roomId === roomId)
  }

  /** Rooms with something that is still to be tried. */
  waitingRooms(): number[] {
    const waiting = [...this.entries.values()].filter((entry) => entry.error === null)
    return [...new Set(waiting.map((entry) => entry.roomId))]
  }

  put(entry: OutboxEntry): void {
    this.entries.set(entry.clientId, entry)
    this.store.set(this.prefix + entry.clientId, JSON.stringify(entry))
  }

  /** False: it was not there. */
  remove(clientId: string): boolean {
    this.store.remove(this.prefix + clientId)
    return this.entries.delete(clientId)
  }

  clear(): void {
    for (const key of this.store.keys(this.prefix)) this.store.remove(key)
    this.entries.clear()
  }
}

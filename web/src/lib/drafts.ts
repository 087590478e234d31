import { type KeyValue, localStore } from './storage'

const PREFIX = 'hallway.draft.'
const MAX_DRAFTS = 50

/** What was being written, per account and room. */
export function draftsOf(userId: number, store: KeyValue = localStore) {
  const mine = `${PREFIX}${userId}.`
  return {
    load: (roomId: number): string => store.get(mine + roomId) ?? '',
    save(roomId: number, text: string): void {
      if (text.trim() === '') {
        store.remove(mine + roomId)
        return
      }
      const others = store.keys(mine).filter((key) => key !== mine + roomId)
      const [oldest] = others
      if (others.length >= MAX_DRAFTS && oldest !== undefined) store.remove(oldest)
      store.set(mine + roomId, text)
    },
    clearAll(): void {
      for (const key of store.keys(mine)) store.remove(key)
    },
  }
}

import { computed, ref, type ShallowRef } from 'vue'

import type { Timeline } from '@/lib/timeline'

const TELL_MS = 400

/** How far I have read, the divider above what is new, and telling the server. */
export function useReading(live: ShallowRef<Timeline>, tell: (seq: number) => boolean) {
  const readSeq = ref(0)
  const firstUnreadSeq = ref<number | null>(null)
  let toldSeq = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Messages of others that come after the mark. */
  const unreadCount = computed(() => {
    let count = 0
    for (let index = live.value.length - 1; index >= 0; index -= 1) {
      const message = live.value[index]
      if (!message || (message.seq ?? 0) <= readSeq.value) break
      if (!message.mine && !message.deleted) count += 1
    }
    return count
  })

  /** What the server holds, which may come from another device. */
  function synced(seq: number): void {
    toldSeq = Math.max(toldSeq, seq)
    readSeq.value = Math.max(readSeq.value, seq)
  }

  /** Puts the divider above the first message that is new to me. `more`: the new ones may reach beyond what is held. */
  function placeDivider(more: boolean): void {
    const isNew = (seq: number | null, mine: boolean) => seq !== null && seq > readSeq.value && !mine
    const first = live.value.find((message) => isNew(message.seq, message.mine))
    if (!first) firstUnreadSeq.value = null
    else firstUnreadSeq.value = more && first === live.value[0] ? readSeq.value + 1 : first.seq
  }

  /** A message came while nobody was looking. */
  function unseen(seq: number): void {
    firstUnreadSeq.value ??= seq
  }

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (readSeq.value > toldSeq && tell(readSeq.value)) toldSeq = readSeq.value
  }

  function mark(seq: number): boolean {
    if (seq <= readSeq.value) return false
    readSeq.value = seq
    timer ??= setTimeout(flush, TELL_MS)
    return true
  }

  function clear(): void {
    clearTimeout(timer)
    timer = undefined
    readSeq.value = 0
    toldSeq = 0
    firstUnreadSeq.value = null
  }

  return { firstUnreadSeq, unreadCount, synced, placeDivider, unseen, flush, mark, clear }
}

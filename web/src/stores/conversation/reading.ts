import { computed, ref, type ShallowRef } from 'vue'

import type { Timeline } from '@/lib/timeline'

const TELL_MS = 400

/** How far I have read, the divider above what is new, and telling the server. */
export function useReading(live: ShallowRef<Timeline>, myName: () => string, tell: (seq: number) => boolean) {
  const readSeq = ref(0)
  const firstUnreadSeq = ref<number | null>(null)
  /** I marked something as unread: looking at it does not read it again, until the room is opened anew. */
  const kept = ref(false)
  let toldSeq = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Messages of others that come after the mark, and those of them that mention me. */
  const left = computed(() => {
    let unread = 0
    let mentions = 0
    for (let index = live.value.length - 1; index >= 0; index -= 1) {
      const message = live.value[index]
      if (!message || (message.seq ?? 0) <= readSeq.value) break
      if (message.mine || message.deleted) continue
      unread += 1
      if (message.mentionsHere || message.mentions.includes(myName())) mentions += 1
    }
    return { unread, mentions }
  })

  /** The server's mark as it stands on joining. It may have gone back meanwhile; but not what it was not told yet. */
  function joined(seq: number): void {
    readSeq.value = readSeq.value > toldSeq && !kept.value ? Math.max(readSeq.value, seq) : seq
    toldSeq = seq
  }

  /** Another device has read on. */
  function synced(seq: number): void {
    if (seq <= readSeq.value) return
    kept.value = false
    toldSeq = Math.max(toldSeq, seq)
    readSeq.value = seq
  }

  /** Puts the divider above the first message that is new to me. `more`: the new ones may reach beyond what is held. */
  function placeDivider(more: boolean): void {
    const isNew = (seq: number | null, mine: boolean) => seq !== null && seq > readSeq.value && !mine
    const first = live.value.find((message) => isNew(message.seq, message.mine))
    if (!first) firstUnreadSeq.value = null
    else firstUnreadSeq.value = more && first === live.value[0] ? readSeq.value + 1 : first.seq
  }

  /** Everything after `seq` counts as unread again, here or by a word from another device. */
  function rewind(seq: number, more: boolean): void {
    clearTimeout(timer)
    timer = undefined
    readSeq.value = toldSeq = seq
    kept.value = true
    placeDivider(more)
  }

  /** The room is opened anew, or I write in it: what is seen counts as read again. */
  function letGo(): void {
    kept.value = false
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
    if (kept.value || seq <= readSeq.value) return false
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
    kept.value = false
  }

  return {
    firstUnreadSeq,
    left,
    unreadCount: computed(() => left.value.unread),
    joined,
    synced,
    placeDivider,
    rewind,
    letGo,
    unseen,
    flush,
    mark,
    clear,
  }
}

import { computed, ref, shallowRef } from 'vue'

import { messageOf } from '@/api/errors'
import { apply, insert, type Me, merge, newest, type Timeline } from '@/lib/timeline'
import type { ChatFrame, DurableFrame } from '@/realtime/frames'
import type { Link } from '@/realtime/link'
import type { ChatMessage } from '@/stores/types'

/** The server's page. */
const PAGE = 50
/** What is kept of a room that is out of view. */
const KEPT = 150
/** What is kept at most of one that stays in view; the oldest go. */
const MAX_HELD = 5_000

/**
 * The part of a room's log that is held: the newest messages (`live`), and, while one looks at a place in the past
 * that they do not reach, the messages around it.
 */
export function useWindow(roomId: number, me: () => Me, link: () => Link | null) {
  const live = shallowRef<Timeline>([])
  const around = shallowRef<Timeline | null>(null)
  const liveHasOlder = ref(false)
  const aroundHasOlder = ref(false)
  const hasNewer = ref(false)
  const loadingOlder = ref(false)
  const loadingNewer = ref(false)
  const olderError = ref<string | null>(null)

  const shown = computed(() => around.value ?? live.value)
  const hasOlder = computed(() => (around.value ? aroundHasOlder.value : liveHasOlder.value))

  function replace(frames: readonly ChatFrame[]): void {
    live.value = merge([], frames, me())
    liveHasOlder.value = frames.length >= PAGE
    olderError.value = null
  }

  function receive(frame: DurableFrame): void {
    live.value = newest(apply(live.value, frame, me()), MAX_HELD)
    if (live.value.length === MAX_HELD) liveHasOlder.value = true
    if (around.value && frame.type !== 'chat') around.value = apply(around.value, frame, me())
  }

  /** An acknowledged message that is older than all that is held belongs to a page that is not loaded. */
  function place(message: ChatMessage): void {
    const first = live.value[0]
    const before = message.seq !== null && first?.seq != null && message.seq < first.seq
    if (!(before && liveHasOlder.value)) live.value = insert(live.value, message)
  }

  /** Once both parts meet, there is one. */
  function fold(reachesEnd: boolean): void {
    const window = around.value
    if (!window) return
    const last = window.at(-1)?.seq ?? 0
    const meets = reachesEnd || last >= (live.value[0]?.seq ?? Infinity)
    hasNewer.value = !meets
    if (!meets) return
    const known = new Set(live.value.map((message) => message.seq))
    const added = window.filter((message) => !known.has(message.seq))
    live.value = [...added, ...live.value].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0))
    liveHasOlder.value = aroundHasOlder.value
    around.value = null
  }

  async function loadOlder(): Promise<void> {
    const first = shown.value.find((message) => message.messageId !== null)
    const connection = link()
    if (loadingOlder.value || !hasOlder.value || first?.messageId == null || !connection) return
    loadingOlder.value = true
    olderError.value = null
    const wasAround = around.value !== null
    try {
      const page = await connection.older(roomId, first.messageId)
      if (wasAround !== (around.value !== null)) return
      if (around.value) {
        around.value = merge(around.value, page.messages, me())
        aroundHasOlder.value = page.more
      } else {
        live.value = merge(live.value, page.messages, me())
        liveHasOlder.value = page.more
      }
    } catch (error) {
      olderError.value = messageOf(error)
    } finally {
      loadingOlder.value = false
    }
  }

  async function loadAround(messageId: number): Promise<void> {
    if (shown.value.some((message) => message.messageId === messageId)) return
    if (live.value.some((message) => message.messageId === messageId)) {
      toLatest()
      return
    }
    const page = await connected().around(roomId, messageId)
    around.value = merge([], page.messages, me())
    aroundHasOlder.value = page.before
    fold(!page.after)
  }

  async function loadNewer(): Promise<void> {
    const last = around.value?.at(-1)
    if (loadingNewer.value || !around.value || last?.messageId == null) return
    loadingNewer.value = true
    try {
      const page = await connected().around(roomId, last.messageId, 2 * PAGE)
      if (!around.value) return
      const reached = around.value.at(-1)?.seq ?? 0
      around.value = merge(around.value, page.messages, me())
      // A last message that was deleted meanwhile would be asked for again and again.
      fold(!page.after || (around.value.at(-1)?.seq ?? 0) === reached)
    } finally {
      loadingNewer.value = false
    }
  }

  function connected(): Link {
    const connection = link()
    if (!connection) throw new Error('not signed in')
    return connection
  }

  function toLatest(): void {
    around.value = null
    hasNewer.value = false
  }

  /** Out of view: what was scrolled back to is let go. */
  function shrink(): void {
    toLatest()
    if (live.value.length > 2 * KEPT) {
      live.value = newest(live.value, KEPT)
      liveHasOlder.value = true
    }
  }

  function clear(): void {
    toLatest()
    live.value = []
    liveHasOlder.value = false
    olderError.value = null
  }

  return {
    live,
    shown,
    hasOlder,
    liveHasOlder,
    hasNewer,
    loadingOlder,
    loadingNewer,
    olderError,
    replace,
    receive,
    place,
    loadOlder,
    loadAround,
    loadNewer,
    toLatest,
    shrink,
    clear,
  }
}

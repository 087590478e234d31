import { elementScroll, useVirtualizer } from '@tanstack/vue-virtual'
import { useDocumentVisibility, useEventListener, useResizeObserver, useWindowFocus } from '@vueuse/core'
import {
  computed,
  nextTick,
  onScopeDispose,
  ref,
  watch,
  type ComputedRef,
  type Ref,
  type UnwrapRef,
} from 'vue'

import type { Conversation } from '@/stores/types'

import { guessHeight, type ListItem } from './messageItems'

type PartialOptions = UnwrapRef<Parameters<typeof useVirtualizer<HTMLElement, HTMLElement>>[0]>

/** Nearer to the end than this counts as being there. */
const END_PX = 80
/** How many entries before an edge the next page is asked for. */
const EARLY = 12
/** How long a jump to the end looks after itself. */
const SETTLE_FRAMES = 3
const HIGHLIGHT_MS = 2200

/** The scrolling of a message list: follows the end, keeps its place, loads at both edges, jumps to a message. */
export function useMessageScroll(
  conversation: Conversation,
  items: ComputedRef<ListItem[]>,
  scroller: Ref<HTMLElement | null>,
  /** The element inside that is as high as all entries together. */
  space: Ref<HTMLElement | null>,
) {
  const atEnd = ref(true)
  const settled = ref(false)
  const highlighted = ref<string | null>(null)
  const visibility = useDocumentVisibility()
  const focused = useWindowFocus()
  let highlightTimer: ReturnType<typeof setTimeout> | undefined

  const virtualizer = useVirtualizer<HTMLElement, HTMLElement>(
    computed<PartialOptions>(() => {
      // The closures keep the list that they were made for: the virtualizer compares the old one with the new.
      const list = items.value
      return {
        count: list.length,
        getScrollElement: () => scroller.value,
        estimateSize: (index: number) => guessHeight(list[index]),
        getItemKey: (index: number) => list[index]?.key ?? index,
        scrollToFn: (offset, options, instance) => {
          // The place is corrected before Vue has rendered the new height; too low a page would cut it short.
          space.value?.style.setProperty('block-size', `${instance.getTotalSize()}px`)
          elementScroll(offset, options, instance)
        },
        overscan: 10,
        anchorTo: 'end' as const,
        followOnAppend: !conversation.hasNewer,
        scrollEndThreshold: END_PX,
        paddingStart: conversation.hasOlder ? 72 : 0,
        paddingEnd: 12,
      }
    }),
  )
  const rows = computed(() => virtualizer.value.getVirtualItems())
  const size = computed(() => virtualizer.value.getTotalSize())

  function look() {
    const el = scroller.value
    if (!el) return
    atEnd.value = el.scrollHeight - el.scrollTop - el.clientHeight <= END_PX
    markSeen(el)
  }

  /** What lies within the window was seen, if anybody looks at the window. */
  function markSeen(el: HTMLElement) {
    if (!settled.value || visibility.value !== 'visible' || !focused.value) return
    const bottom = el.scrollTop + el.clientHeight
    for (const row of [...rows.value].reverse()) {
      const item = items.value[row.index]
      if (row.end > bottom + END_PX || item?.kind !== 'message' || item.message.seq === null) continue
      conversation.markRead(item.message.seq)
      return
    }
  }

  function loadAtEdges() {
    const first = rows.value[0]
    const last = rows.value[rows.value.length - 1]
    if (!settled.value || conversation.state !== 'ready' || !first || !last) return
    if (
      first.index < EARLY &&
      conversation.hasOlder &&
      !conversation.loadingOlder &&
      !conversation.olderError
    ) {
      void conversation.loadOlder()
    }
    if (last.index >= items.value.length - EARLY && conversation.hasNewer && !conversation.loadingNewer) {
      void conversation.loadNewer()
    }
  }

  async function toEnd(behavior: 'auto' | 'smooth' = 'auto') {
    if (conversation.hasNewer) conversation.jumpToLatest()
    await nextTick()
    virtualizer.value.scrollToEnd({ behavior })
    if (behavior === 'smooth') return
    // The last entries are measured only now, and may be higher than was guessed.
    for (let frame = 0; frame < SETTLE_FRAMES; frame += 1) {
      await new Promise(requestAnimationFrame)
      if (virtualizer.value.getDistanceFromEnd() > 0) virtualizer.value.scrollToEnd()
    }
  }

  function toKey(key: string, align: 'center' | 'auto' = 'center') {
    const index = items.value.findIndex((item) => item.key === key)
    if (index >= 0) virtualizer.value.scrollToIndex(index, { align })
  }

  function highlight(key: string) {
    clearTimeout(highlightTimer)
    highlighted.value = key
    highlightTimer = setTimeout(() => (highlighted.value = null), HIGHLIGHT_MS)
  }

  /** False: there is no such message any more. */
  async function toMessage(messageId: number): Promise<boolean> {
    const find = () =>
      items.value.find((item) => item.kind === 'message' && item.message.messageId === messageId)?.key
    if (!find()) await conversation.loadAround(messageId)
    await nextTick()
    const key = find()
    if (!key) return false
    toKey(key)
    highlight(key)
    return true
  }

  /** Where reading starts: at the first unread message, if it is out of sight from the end. */
  async function settle() {
    await nextTick()
    const index = items.value.findIndex((item) => item.kind === 'message' && item.unread)
    const list = virtualizer.value
    if (index >= 0) list.scrollToIndex(index, { align: 'start' })
    else list.scrollToEnd()
    await nextTick()
    requestAnimationFrame(() => {
      settled.value = true
      look()
      loadAtEdges()
    })
  }

  watch(
    [() => conversation.state === 'ready' && items.value.length > 0, scroller],
    ([ready, el]) => {
      if (ready && el && !settled.value) void settle()
    },
    { immediate: true, flush: 'post' },
  )
  watch([rows, () => conversation.hasOlder, () => conversation.loadingOlder], loadAtEdges, { flush: 'post' })
  watch([() => items.value.length, visibility, focused], () => requestAnimationFrame(look), { flush: 'post' })
  // What I write is always shown to me.
  watch(
    () => conversation.messages[conversation.messages.length - 1],
    (last, before) => {
      if (last && last.key !== before?.key && last.mine && last.status === 'sending') void toEnd()
    },
  )
  useEventListener(scroller, 'scroll', look, { passive: true })
  // The window or the composer changed its height: who was at the end stays there.
  useResizeObserver(scroller, () => {
    if (settled.value && atEnd.value && !conversation.hasNewer) virtualizer.value.scrollToEnd()
  })
  onScopeDispose(() => clearTimeout(highlightTimer))

  return { virtualizer, rows, size, atEnd, settled, highlighted, toEnd, toKey, toMessage }
}

import { ref, shallowRef } from 'vue'

import { messageOf } from '@/api/errors'
import { type SearchQuery, useApi } from '@/api/rest'
import { markedPieces, type QuotedMessage, toQuoted } from '@/lib/quoted'
import type { LoadState, RoomKind } from '@/stores/types'

export interface FoundEntry {
  message: QuotedMessage
  room: { id: number; name: string; kind: RoomKind }
  /** The part of the text around the first mark. */
  pieces: { text: string; marked: boolean }[]
  /** The text goes on before and after it. */
  cutBefore: boolean
  cutAfter: boolean
}

type Wanted = Omit<SearchQuery, 'limit' | 'cursor'>

const PAGE = 20
/** Pages in a row that may have nothing in them before somebody has to ask for more. */
const SHORT_PAGES = 5

/** One search: its results, page by page. A new one makes the answers of the last one void. */
export function useSearch() {
  const { rest } = useApi()
  const state = ref<LoadState>('idle')
  const error = ref<string | null>(null)
  const items = shallowRef<readonly FoundEntry[]>([])
  const cursor = ref<string | null>(null)
  const loadingMore = ref(false)
  let wanted: Wanted = {}
  let turn = 0

  /** The server may give a page with less than was asked for, or nothing, and more behind it. */
  async function fetchPage(from: string | null, mine: number): Promise<FoundEntry[] | null> {
    const found: FoundEntry[] = []
    let next = from
    for (let page = 0; page < SHORT_PAGES; page += 1) {
      const answer = await rest.search({ ...wanted, limit: PAGE, cursor: next ?? undefined })
      if (mine !== turn) return null
      next = answer.next_cursor ?? null
      for (const item of answer.items) {
        const message = toQuoted(item.message)
        found.push({
          message,
          room: item.room,
          pieces: markedPieces(item.snippet, item.snippet_start, item.highlights),
          cutBefore: item.snippet_start > 0,
          cutAfter: item.snippet_start + item.snippet.length < message.body.length,
        })
      }
      if (next === null || found.length > 0) break
    }
    cursor.value = next
    return found
  }

  async function run(query: Wanted): Promise<void> {
    const mine = ++turn
    wanted = query
    error.value = null
    loadingMore.value = false
    state.value = 'loading'
    try {
      const found = await fetchPage(null, mine)
      if (found === null) return
      items.value = found
      state.value = 'ready'
    } catch (caught) {
      if (mine !== turn) return
      items.value = []
      cursor.value = null
      error.value = messageOf(caught)
      state.value = 'error'
    }
  }

  async function more(): Promise<void> {
    if (cursor.value === null || loadingMore.value || state.value !== 'ready') return
    const mine = turn
    loadingMore.value = true
    error.value = null
    try {
      const found = await fetchPage(cursor.value, mine)
      if (found) items.value = [...items.value, ...found]
    } catch (caught) {
      if (mine === turn) error.value = messageOf(caught)
    } finally {
      if (mine === turn) loadingMore.value = false
    }
  }

  function clear(): void {
    turn += 1
    items.value = []
    cursor.value = null
    error.value = null
    loadingMore.value = false
    state.value = 'idle'
  }

  return { state, error, items, cursor, loadingMore, run, more, clear }
}

import { computed, ref, watch, type Ref } from 'vue'

import { mentionAt, normalUsername } from '@/lib/mentions'
import { useMembers } from '@/stores/members'
import { useSession } from '@/stores/session'
import type { Conversation } from '@/stores/types'

import { usePeopleSearch } from './peopleSearch'
import { fitOf } from './rankRooms'

export interface Suggestion {
  /** What is put after the `@`. */
  username: string
  fullName: string | null
  online: boolean | undefined
  kind: 'member' | 'here' | 'person'
}

const MOST = 8

/** Who may be meant by the `@...` at the cursor: members first, then everybody, then people of large rooms. */
export function useMentionSuggest(
  conversation: Conversation,
  direct: () => boolean,
  text: Ref<string>,
  field: Ref<HTMLTextAreaElement | undefined>,
) {
  const session = useSession()
  const members = useMembers(conversation.roomId)
  const cursor = ref(0)
  const focused = ref(false)
  /** Where a list was closed with Escape: it stays closed for this word. */
  const closedAt = ref<number | null>(null)
  const active = ref(0)

  const word = computed(() => (focused.value ? mentionAt(text.value, cursor.value) : null))
  const query = computed(() => word.value?.query ?? '')
  const asking = computed(() => word.value !== null && members.hasMore && query.value !== '')
  const { found } = usePeopleSearch(query, asking, MOST)

  const mayCallAll = computed(() => direct() || conversation.me.canModerate)
  const suggestions = computed<Suggestion[]>(() => {
    if (word.value === null || word.value.from === closedAt.value) return []
    const wanted = query.value
    const fit = (username: string, fullName: string | null) =>
      wanted === '' ? 1 : fitOf([username, fullName], wanted)
    const inside: Suggestion[] = members.list
      .filter((member) => member.role !== null && member.userId !== session.user?.id)
      .map((member) => ({ member, score: fit(member.username, member.fullName) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .map(({ member: { username, fullName, online } }) => ({ username, fullName, online, kind: 'member' }))
    const here: Suggestion[] =
      mayCallAll.value && 'here'.startsWith(wanted.toLowerCase())
        ? [{ username: 'here', fullName: null, online: undefined, kind: 'here' }]
        : []
    const known = new Set(inside.map((one) => one.username))
    const others: Suggestion[] = (asking.value ? found.value : [])
      .filter((person) => person.id !== session.user?.id && !known.has(person.username))
      .map(({ username, fullName }) => ({ username, fullName, online: undefined, kind: 'person' }))
    return [...inside.slice(0, MOST - here.length), ...here, ...others].slice(0, MOST)
  })
  const open = computed(() => suggestions.value.length > 0)

  watch(word, (next, before) => {
    if (next?.from !== before?.from) active.value = 0
    if (next === null) closedAt.value = null
    else if (members.state === 'idle') void members.load()
  })
  watch(suggestions, (list) => (active.value = Math.min(active.value, Math.max(0, list.length - 1))))

  /** The cursor may have moved. */
  function look(): void {
    const el = field.value
    focused.value = el !== undefined && document.activeElement === el && el.selectionStart === el.selectionEnd
    cursor.value = el?.selectionStart ?? 0
  }

  /** Writes the whole name; gives where the cursor goes. */
  function choose(suggestion: Suggestion | undefined): number | null {
    if (!suggestion || word.value === null) return null
    const after = text.value.slice(cursor.value)
    const name = `@${suggestion.username}${/^\s/.test(after) ? '' : ' '}`
    const end = word.value.from + name.length
    text.value = text.value.slice(0, word.value.from) + name + after
    cursor.value = end
    return end
  }

  /** True: the key was for the list. */
  function key(event: KeyboardEvent, put: (suggestion: Suggestion | undefined) => void): boolean {
    if (!open.value || event.isComposing) return false
    const count = suggestions.value.length
    const pointed = suggestions.value[active.value]
    // The whole name is there: Enter sends, as anywhere else.
    if (event.key === 'Enter' && pointed?.username === normalUsername(query.value)) return false
    if (event.key === 'ArrowDown') active.value = (active.value + 1) % count
    else if (event.key === 'ArrowUp') active.value = (active.value + count - 1) % count
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) put(pointed)
    else if (event.key === 'Escape') closedAt.value = word.value?.from ?? null
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }

  return { suggestions, open, active, look, choose, key }
}

import { computed, ref } from 'vue'

import { draftsOf } from '@/lib/drafts'

const DRAFT_MS = 300

/** What is being written, kept over reloads. */
export function useDraft(roomId: number, userId: () => number | undefined) {
  const stored = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined

  function save(): void {
    clearTimeout(timer)
    timer = undefined
    const id = userId()
    if (id !== undefined) draftsOf(id).save(roomId, stored.value)
  }

  function load(): void {
    clearTimeout(timer)
    timer = undefined
    const id = userId()
    stored.value = id === undefined ? '' : draftsOf(id).load(roomId)
  }

  const text = computed({
    get: () => stored.value,
    set(value: string) {
      stored.value = value
      timer ??= setTimeout(save, DRAFT_MS)
    },
  })
  load()
  return { text, save, load }
}

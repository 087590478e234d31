import { useDebounceFn } from '@vueuse/core'
import { ref, shallowRef, watch, type Ref } from 'vue'

import { usePeople } from '@/stores/people'
import type { LoadState, Person } from '@/stores/types'

import { problemText } from './problem'

const DEBOUNCE_MS = 150

/** People whose name has the query in it, asked for while `on`. Only the answer to the last question counts. */
export function usePeopleSearch(query: Ref<string>, on: Ref<boolean>, limit?: number) {
  const people = usePeople()
  const found = shallowRef<readonly Person[]>([])
  const state = ref<LoadState>('idle')
  const problem = ref<string | null>(null)
  let asked = 0

  async function search(): Promise<void> {
    const turn = ++asked
    if (!on.value) return
    if (state.value !== 'ready') state.value = 'loading'
    problem.value = null
    try {
      const answer = await people.search(query.value, limit)
      if (turn !== asked) return
      found.value = answer
      state.value = 'ready'
    } catch (error) {
      if (turn !== asked) return
      problem.value = problemText(error)
      state.value = 'error'
    }
  }

  const later = useDebounceFn(search, DEBOUNCE_MS)
  watch(query, () => void later())
  watch(
    on,
    (isOn) => {
      asked += 1
      found.value = []
      state.value = 'idle'
      if (isOn) void search()
    },
    { immediate: true },
  )

  return { found, state, problem, search }
}

import { onScopeDispose, ref, type Ref } from 'vue'

/** The time, renewed every `everyMs` while in use. */
export function useTicking(everyMs: number): Ref<number> {
  const now = ref(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), everyMs)
  onScopeDispose(() => clearInterval(timer))
  return now
}

import { useLocalStorage } from '@vueuse/core'
import { ref } from 'vue'

const membersWanted = useLocalStorage('hallway.members', true)
const membersSheet = ref(false)
const switcher = ref(false)
const browse = ref(false)
const create = ref(false)

/** Which side panel and dialogs are open. */
export function usePanels() {
  return { membersWanted, membersSheet, switcher, browse, create }
}

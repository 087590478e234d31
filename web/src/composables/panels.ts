import { useLocalStorage } from '@vueuse/core'
import { ref } from 'vue'

const membersWanted = useLocalStorage('hallway.members', true)
const membersSheet = ref(false)
/** What stands beside the conversation instead of its members. */
const aside = ref<'pins' | 'search' | null>(null)
const switcher = ref(false)
const browse = ref(false)
const create = ref(false)
/** The next room that is created is a private one, unless one chooses otherwise. */
const createPrivate = ref(false)
/** Beginning a direct conversation. */
const write = ref(false)

/** Which side panel and dialogs are open. */
export function usePanels() {
  return { membersWanted, membersSheet, aside, switcher, browse, create, createPrivate, write }
}

import { useEventListener } from '@vueuse/core'

import { usePanels } from './panels'

/** Ctrl or Cmd with F searches the room: the page holds only a part of it. Twice is for the browser's own search. */
export function useRoomSearchKey(): void {
  const { aside } = usePanels()
  useEventListener(window, 'keydown', (event: KeyboardEvent) => {
    const asked = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey
    if (!asked || event.key.toLowerCase() !== 'f') return
    // A dialog is open: what is searched is in it.
    if (document.querySelector('[role=dialog], [role=alertdialog]')) return
    const field = document.querySelector<HTMLInputElement>('[data-testid=room-search]')
    if (field && document.activeElement === field) return
    event.preventDefault()
    if (aside.value === 'search') field?.select()
    else aside.value = 'search'
  })
}

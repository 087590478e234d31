import { computed, onScopeDispose, ref, watch } from 'vue'

import { useNotices } from '@/stores/notices'
import { useFiles } from '@/stores/files'
import type { Attachment } from '@/stores/types'

import { problemText } from './problem'

/** How often a file that does not load is asked for anew before it is given up. */
const TRIES = 2
const PAUSE_MS = 1_500

/** The address of a file that is on screen: found when it has none, and renewed when it does not work any more. */
export function useFileAddress(file: () => Attachment) {
  const files = useFiles()
  const failed = ref(false)
  /** Changes with each attempt; also where the address is the same again. */
  const attempt = ref(0)
  let tries = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function renew(): Promise<void> {
    tries += 1
    try {
      await files.renew(file().id)
      failed.value = false
      attempt.value += 1
    } catch {
      failed.value = true
    }
  }

  /** The browser could not load it. */
  function broken(): void {
    if (tries >= TRIES) {
      failed.value = true
      return
    }
    clearTimeout(timer)
    timer = setTimeout(() => void renew(), tries === 0 ? 0 : PAUSE_MS)
  }

  function loaded(): void {
    tries = 0
    failed.value = false
  }

  function retry(): void {
    tries = 0
    failed.value = false
    void renew()
  }

  const address = computed(() => files.address(file()))
  watch(
    () => address.value === null,
    (unknown) => {
      if (unknown && tries < TRIES) void renew()
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))

  return { address, attempt, failed, broken, loaded, retry }
}

/** Saving a file, with words where it does not work. */
export function useDownload() {
  const files = useFiles()
  const notices = useNotices()
  return (file: Attachment) =>
    files.download(file).catch((error: unknown) => {
      notices.push({ kind: 'error', text: problemText(error) })
    })
}

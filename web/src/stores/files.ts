import { defineStore } from 'pinia'
import { shallowReactive, watch } from 'vue'

import { useApi } from '@/api/rest'
import { type Attachment, asDownload, isSigned, toAttachment } from '@/lib/attachments'

import { useSession } from './session'

export interface FileAddress {
  url: string
  thumbnailUrl: string | null
}

export interface FilesStore {
  /** Where the browser gets a file without saying who it is; null while it is not known, `renew` finds out. */
  address(file: Attachment): FileAddress | null
  /** A file that came with a good address, and will come again without one: in a live frame. */
  remember(file: Attachment): void
  /** Asks for a fresh address; rejects with `ApiError` when there is none. */
  renew(id: number): Promise<FileAddress>
  /** Saves a file on the device. */
  download(file: Attachment): Promise<void>
}

/** An address that is older than this is not given to a download, which could not be tried again. */
const FRESH_MS = 60_000
/** What is remembered at most. */
const MAX_KNOWN = 2_000

interface Known extends FileAddress {
  at: number
}

/** Addresses of files that are signed for me. They run out; who fails to load asks for another one. */
export const useFiles: () => FilesStore = defineStore('files', () => {
  const { rest } = useApi()
  const session = useSession()
  const known = shallowReactive(new Map<number, Known>())
  const asking = new Map<number, Promise<FileAddress>>()

  watch(
    () => session.user?.id,
    () => {
      known.clear()
      asking.clear()
    },
    { flush: 'sync' },
  )

  function address(file: Attachment): FileAddress | null {
    const renewed = known.get(file.id)
    if (renewed) return renewed
    return isSigned(file.url) ? { url: file.url, thumbnailUrl: file.thumbnailUrl } : null
  }

  async function ask(id: number): Promise<FileAddress> {
    const userId = session.user?.id
    const { url, thumbnailUrl } = toAttachment(await rest.attachment(id))
    const fresh = { url, thumbnailUrl, at: Date.now() }
    if (session.user?.id === userId) keep(id, fresh)
    return fresh
  }

  function keep(id: number, address: Known): void {
    if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value as number)
    known.set(id, address)
  }

  function remember({ id, url, thumbnailUrl }: Attachment): void {
    if (isSigned(url)) keep(id, { url, thumbnailUrl, at: Date.now() })
  }

  function renew(id: number): Promise<FileAddress> {
    const under = asking.get(id)
    if (under) return under
    const answer = ask(id).finally(() => asking.delete(id))
    asking.set(id, answer)
    return answer
  }

  async function download(file: Attachment): Promise<void> {
    const held = known.get(file.id)
    const { url } = held && Date.now() - held.at < FRESH_MS ? held : await renew(file.id)
    const link = document.createElement('a')
    link.href = asDownload(url)
    link.download = file.name
    link.rel = 'noopener'
    document.body.append(link)
    link.click()
    link.remove()
  }

  return { address, remember, renew, download }
})

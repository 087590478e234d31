import { computed, reactive, shallowReactive } from 'vue'

import { ApiError, messageOf } from '@/api/errors'
import { useApi } from '@/api/rest'
import { type Transfer, uploadFile } from '@/api/upload'
import { type Attachment, formatSize, toAttachment } from '@/lib/attachments'
import { uuid } from '@/lib/uuid'

/** A file on its way to a message. */
export interface Upload {
  key: string
  name: string
  size: number
  /** What the browser believes it to be. */
  contentType: string
  /** To look at it before it is sent; images only. */
  preview: string | null
  state: 'waiting' | 'uploading' | 'done' | 'failed'
  /** 0 to 1. */
  progress: number
  /** Why it failed. */
  error: string | null
  /** Whether trying once more may help. */
  mayRetry: boolean
  attachment: Attachment | null
}

/** Files for the next message of a room. */
export interface UploadList {
  readonly list: readonly Upload[]
  /** Something is under way, or waits for its turn. */
  readonly busy: boolean
  readonly failed: boolean
  /** What did not fit; null: everything did. */
  add(files: readonly File[]): string | null
  remove(key: string): void
  retry(key: string): void
  /** What is ready to be sent; from now on it is the message's. */
  take(): Attachment[]
  clear(): void
}

/** Files in one message, as the server has it. */
export const MAX_FILES = 10
/** At the same time; the server takes a few more of a user, for their other devices. */
const PARALLEL = 2
/** Answers that the same file would get again. */
const FINAL: ReadonlySet<string> = new Set([
  'file_too_large',
  'file_type_not_allowed',
  'file_empty',
  'bad_image',
  'image_too_large',
])

/** The browser can show these from the device, before the server has looked at them. */
const SHOWABLE = /^image\/(?:png|jpeg|gif|webp|avif)$/

export function useUploads(mostBytes: () => number | null): UploadList {
  const uploads = shallowReactive<Upload[]>([])
  const files = new Map<string, File>()
  const transfers = new Map<string, Transfer>()

  function refusal(file: File): string | null {
    if (file.size === 0) return 'The file is empty.'
    const most = mostBytes()
    if (most !== null && file.size > most) return `Too large: at most ${formatSize(most)}.`
    return null
  }

  function add(added: readonly File[]): string | null {
    const fitting = added.slice(0, Math.max(0, MAX_FILES - uploads.length))
    for (const file of fitting) {
      const key = uuid()
      const error = refusal(file)
      files.set(key, file)
      uploads.push(
        reactive({
          key,
          name: file.name || 'file',
          size: file.size,
          contentType: file.type,
          preview: SHOWABLE.test(file.type) && !error ? URL.createObjectURL(file) : null,
          state: error === null ? 'waiting' : 'failed',
          progress: 0,
          error,
          mayRetry: false,
          attachment: null,
        }),
      )
    }
    next()
    return fitting.length < added.length ? `A message takes ${MAX_FILES} files at most.` : null
  }

  function next(): void {
    for (const upload of uploads) {
      if (transfers.size >= PARALLEL) return
      if (upload.state === 'waiting') void run(upload)
    }
  }

  async function run(upload: Upload): Promise<void> {
    const file = files.get(upload.key)
    if (!file) return
    const { tokens, rest } = useApi()
    upload.state = 'uploading'
    upload.progress = 0
    const transfer = uploadFile(tokens, file, (share) => (upload.progress = share))
    transfers.set(upload.key, transfer)
    try {
      const wire = await transfer.done
      if (transfers.get(upload.key) === transfer) {
        upload.attachment = toAttachment(wire)
        upload.progress = 1
        upload.state = 'done'
        files.delete(upload.key)
      } else {
        // It arrived after it was taken back.
        void rest.discardAttachment(wire.id).catch(() => undefined)
      }
    } catch (error) {
      if (transfers.get(upload.key) === transfer) {
        upload.state = 'failed'
        upload.error = messageOf(error)
        upload.mayRetry = !(error instanceof ApiError && FINAL.has(error.code))
      }
    } finally {
      if (transfers.get(upload.key) === transfer) transfers.delete(upload.key)
      next()
    }
  }

  function drop(upload: Upload): void {
    if (upload.preview) URL.revokeObjectURL(upload.preview)
    files.delete(upload.key)
    const at = uploads.findIndex((other) => other.key === upload.key)
    if (at >= 0) uploads.splice(at, 1)
  }

  function remove(key: string): void {
    const upload = uploads.find((other) => other.key === key)
    if (!upload) return
    const transfer = transfers.get(key)
    transfers.delete(key)
    transfer?.cancel()
    const { attachment } = upload
    drop(upload)
    // What nobody takes back goes by itself after a day; this makes room earlier.
    if (attachment)
      void useApi()
        .rest.discardAttachment(attachment.id)
        .catch(() => undefined)
    next()
  }

  function retry(key: string): void {
    const upload = uploads.find((other) => other.key === key)
    if (upload?.state !== 'failed' || !upload.mayRetry) return
    upload.error = null
    upload.state = 'waiting'
    next()
  }

  function take(): Attachment[] {
    const done = uploads.filter((upload) => upload.state === 'done')
    for (const upload of done) drop(upload)
    return done.flatMap((upload) => upload.attachment ?? [])
  }

  function clear(): void {
    for (const upload of [...uploads]) {
      const transfer = transfers.get(upload.key)
      transfers.delete(upload.key)
      transfer?.cancel()
      drop(upload)
    }
  }

  return reactive({
    list: uploads,
    busy: computed(() => uploads.some(({ state }) => state === 'waiting' || state === 'uploading')),
    failed: computed(() => uploads.some(({ state }) => state === 'failed')),
    add,
    remove,
    retry,
    take,
    clear,
  })
}

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { resetApi, useApi } from '@/api/rest'
import { ApiError } from '@/stores/types'

import { MAX_FILES, useUploads } from '../conversation/uploads'

interface Sent {
  file: File
  progress(share: number): void
  finish(id: number): Promise<void>
  fail(error: unknown): Promise<void>
  cancelled: boolean
}

const sent = vi.hoisted(() => [] as Sent[])
vi.mock('@/api/upload', () => ({
  uploadFile: (_tokens: unknown, file: File, progress: (share: number) => void) => {
    let resolve: (wire: unknown) => void = () => undefined
    let reject: (error: unknown) => void = () => undefined
    const done = new Promise((yes, no) => ((resolve = yes), (reject = no)))
    const settle = () => new Promise<void>((next) => setTimeout(next))
    const one: Sent = {
      file,
      progress,
      cancelled: false,
      finish: (id) => (
        resolve({ id, name: file.name, content_type: file.type, size: file.size, url: `/f/${id}` }),
        settle()
      ),
      fail: (error) => (reject(error), settle()),
    }
    sent.push(one)
    return { done, cancel: () => (one.cancelled = true) }
  },
}))

const file = (name: string, type = 'text/plain', bytes = 3) => new File(['x'.repeat(bytes)], name, { type })
const files = (count: number) => Array.from({ length: count }, (_, index) => file(`${index}.txt`))
let discard: ReturnType<typeof vi.spyOn>

beforeEach(() => {
  sent.length = 0
  resetApi()
  discard = vi.spyOn(useApi().rest, 'discardAttachment').mockResolvedValue(undefined as never)
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => 'blob:x', revokeObjectURL: vi.fn() }))
})
afterEach(() => resetApi())

const states = (uploads: ReturnType<typeof useUploads>) => uploads.list.map(({ state }) => state)

it('sends two at a time, in order, and gives up what is done', async () => {
  const uploads = useUploads(() => null)
  expect(uploads.add(files(3))).toBeNull()
  expect(states(uploads)).toEqual(['uploading', 'uploading', 'waiting'])
  expect(uploads.busy).toBe(true)
  sent[0]?.progress(0.4)
  expect(uploads.list[0]?.progress).toBe(0.4)
  await sent[0]?.finish(11)
  expect(states(uploads)).toEqual(['done', 'uploading', 'uploading'])
  await sent[1]?.finish(12)
  await sent[2]?.finish(13)
  expect(uploads.busy).toBe(false)
  expect(uploads.take().map(({ id }) => id)).toEqual([11, 12, 13])
  expect(uploads.list).toEqual([])
  expect(discard).not.toHaveBeenCalled()
})

it('takes as many as a message may have', () => {
  const uploads = useUploads(() => null)
  expect(uploads.add(files(MAX_FILES - 1))).toBeNull()
  expect(uploads.add(files(3))).toBe('A message takes 10 files at most.')
  expect(uploads.list).toHaveLength(MAX_FILES)
})

it('does not send what the server would not take', () => {
  const uploads = useUploads(() => 5_000)
  uploads.add([file('empty', 'text/plain', 0), file('big', 'text/plain', 5_001), file('fits', '', 5_000)])
  expect(uploads.list.map(({ error }) => error)).toEqual([
    'The file is empty.',
    'Too large: at most 5 KB.',
    null,
  ])
  expect(sent.map((one) => one.file.name)).toEqual(['fits'])
  expect(uploads.failed).toBe(true)
})

describe('a failure', () => {
  it('is tried again when asked to', async () => {
    const uploads = useUploads(() => null)
    uploads.add([file('a')])
    await sent[0]?.fail(ApiError.of('network'))
    expect(uploads.list[0]).toMatchObject({ state: 'failed', mayRetry: true })
    uploads.retry(uploads.list[0]?.key ?? '')
    expect(sent).toHaveLength(2)
    await sent[1]?.finish(5)
    expect(uploads.list[0]).toMatchObject({ state: 'done', error: null })
  })

  it.each(['file_too_large', 'file_type_not_allowed', 'bad_image'])(
    'of the file (%s) is final',
    async (code) => {
      const uploads = useUploads(() => null)
      uploads.add([file('a')])
      await sent[0]?.fail(ApiError.of(code))
      expect(uploads.list[0]?.mayRetry).toBe(false)
      uploads.retry(uploads.list[0]?.key ?? '')
      expect(sent).toHaveLength(1)
    },
  )

  it('lets the next one go', async () => {
    const uploads = useUploads(() => null)
    uploads.add(files(3))
    await sent[0]?.fail(ApiError.of('quota_exceeded'))
    expect(states(uploads)).toEqual(['failed', 'uploading', 'uploading'])
  })
})

describe('taking back', () => {
  it('cancels what is under way', async () => {
    const uploads = useUploads(() => null)
    uploads.add(files(3))
    uploads.remove(uploads.list[0]?.key ?? '')
    expect(sent[0]?.cancelled).toBe(true)
    expect(states(uploads)).toEqual(['uploading', 'uploading'])
    await sent[0]?.fail(ApiError.of('cancelled'))
    expect(states(uploads)).toEqual(['uploading', 'uploading'])
  })

  it('discards what has arrived, also when it arrives after that', async () => {
    const uploads = useUploads(() => null)
    uploads.add(files(2))
    await sent[0]?.finish(21)
    uploads.remove(uploads.list[0]?.key ?? '')
    expect(discard).toHaveBeenLastCalledWith(21)
    uploads.remove(uploads.list[0]?.key ?? '')
    await sent[1]?.finish(22)
    expect(discard).toHaveBeenLastCalledWith(22)
    expect(uploads.list).toEqual([])
  })
})

import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { mountIn } from '@/components/message/__tests__/host'
import { conversation, message } from '@/composables/__tests__/samples'
import { galleryOf } from '@/composables/gallery'
import type { Attachment } from '@/stores/types'

import AttachmentImage from '../AttachmentImage.vue'
import AttachmentList from '../AttachmentList.vue'

const renew = vi.fn<(id: number) => Promise<unknown>>()
const addresses = new Map<number, { url: string; thumbnailUrl: string | null }>()
vi.mock('@/stores/files', () => ({
  useFiles: () => ({
    address: (file: Attachment) =>
      addresses.get(file.id) ?? (file.url.includes('token=') ? { url: file.url, thumbnailUrl: null } : null),
    renew: (id: number) => renew(id),
    download: vi.fn(),
  }),
}))
vi.mock('@/stores/session', () => ({ useSession: () => ({ user: { id: 1, username: 'ada' } }) }))
vi.mock('@/stores/notices', () => ({ useNotices: () => ({ push: vi.fn() }) }))
vi.mock('@/stores/rooms', () => ({ useRooms: () => ({ byId: () => undefined }) }))
enableAutoUnmount(afterEach)
beforeEach(() => {
  renew.mockReset().mockResolvedValue({})
  addresses.clear()
})

const image = (id: number, more: Partial<Attachment> = {}): Attachment => ({
  id,
  name: `${id}.png`,
  contentType: 'image/png',
  size: 1,
  width: 800,
  height: 400,
  blurhash: null,
  url: `/f/${id}?token=a`,
  thumbnailUrl: null,
  ...more,
})
const box = { width: 400, height: 300 }

describe('an image', () => {
  const shown = (file: Attachment) => mount(AttachmentImage, { props: { file, box } })

  it('has its room before it is there', () => {
    const style = shown(image(1)).find('button').attributes('style')
    expect(style).toContain('inline-size: 400px')
    expect(style).toContain('aspect-ratio: 400 / 200')
  })

  it('asks for an address where it has none', async () => {
    const wrapper = shown(image(1, { url: '/f/1' }))
    await flushPromises()
    expect(renew).toHaveBeenCalledExactlyOnceWith(1)
    expect(wrapper.find('img').exists()).toBe(false)
  })

  it('asks anew when it does not load, and gives up after that, until asked to', async () => {
    vi.useFakeTimers()
    const wrapper = shown(image(1))
    for (let time = 0; time < 2; time += 1) {
      await wrapper.find('img').trigger('error')
      await vi.advanceTimersByTimeAsync(2_000)
    }
    expect(renew).toHaveBeenCalledTimes(2)
    expect(wrapper.find('img').exists()).toBe(true)
    await wrapper.find('img').trigger('error')
    expect(wrapper.text()).toContain('Load again')
    await wrapper.find('button').trigger('click')
    await vi.advanceTimersByTimeAsync(1)
    expect(renew).toHaveBeenCalledTimes(3)
    await wrapper.find('img').trigger('load')
    expect(wrapper.find('[data-testid=image]').attributes('data-loaded')).toBe('true')
    vi.useRealTimers()
  })

  it('that is gone says so', async () => {
    renew.mockRejectedValue(new Error('404'))
    const wrapper = shown(image(1, { url: '/f/1' }))
    await flushPromises()
    expect(wrapper.find('[data-testid=image]').exists()).toBe(false)
    expect(wrapper.text()).toContain('1.png')
  })
})

it('shows each sort of file in its way', () => {
  const film = image(3, { name: 'film.mp4', contentType: 'video/mp4', width: null, height: null })
  const page = image(4, {
    name: 'page.html',
    contentType: 'text/html',
    width: null,
    height: null,
    size: 2500,
  })
  const { wrapper } = mountIn(conversation().store, AttachmentList, {
    files: [image(1), image(2), film, page],
  })
  expect(wrapper.findAll('[data-testid=image]')).toHaveLength(2)
  expect(wrapper.find('video').attributes('aria-label')).toBe('film.mp4')
  expect(wrapper.find('[data-testid=file]').text()).toBe('Downloadpage.htmlHTML · 2.5 KB')
})

describe('the gallery', () => {
  const text = image(9, { contentType: 'text/plain', width: null, height: null })
  const messages = [
    message(1, { attachments: [image(1), text, image(2)] }),
    message(2),
    message(3, { attachments: [image(3)] }),
  ]

  it('has all images of the conversation, and begins at the one that was opened', () => {
    const gallery = galleryOf(messages, messages[2]!, image(3))
    expect(gallery.images.map(({ file }) => file.id)).toEqual([1, 2, 3])
    expect(gallery.at).toBe(2)
    expect(gallery.images[0]).toMatchObject({ messageId: 1001, username: 'ben' })
  })

  it('of a message from elsewhere has its images', () => {
    const other = message(99, { attachments: [image(98), image(99)] })
    const gallery = galleryOf(messages, other, image(99))
    expect(gallery.images.map(({ file }) => file.id)).toEqual([98, 99])
    expect(gallery.at).toBe(1)
  })
})

import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { reactive } from 'vue'

import { conversation, message } from '@/composables/__tests__/samples'
import { mountIn } from '@/components/message/__tests__/host'
import { ApiError } from '@/stores/types'

import ComposerBox from '../ComposerBox.vue'

const connection = reactive({ state: 'online', messageChars: 8000 as number | null })
vi.mock('@/stores/connection', () => ({ useConnection: () => connection }))
const person = (
  userId: number,
  username: string,
  fullName: string | null,
  role: string | null = 'member',
) => ({
  userId,
  username,
  fullName,
  role,
  online: false,
})
const members = reactive({
  list: [
    person(1, 'ada', null),
    person(2, 'ben', 'Benjamin Oak'),
    person(3, 'bea', null),
    person(4, 'bert', null, null),
    person(5, 'cleo', null),
  ],
  state: 'ready',
  hasMore: false,
  load: vi.fn(),
})
vi.mock('@/stores/members', () => ({ useMembers: () => members }))
const search = vi.fn<(query: string) => Promise<object[]>>(() => Promise.resolve([]))
vi.mock('@/stores/people', () => ({ usePeople: () => ({ search }) }))
vi.mock('@/stores/session', () => ({ useSession: () => ({ user: { id: 1, username: 'ada' } }) }))
vi.mock('@/stores/notices', () => ({ useNotices: () => ({ push: vi.fn() }) }))
enableAutoUnmount(afterEach)
afterEach(() => {
  connection.state = 'online'
  connection.messageChars = 8000
  members.hasMore = false
})

function composer(rest: Parameters<typeof conversation>[0] = {}) {
  const talk = conversation(rest)
  const mounted = mountIn(talk.store, ComposerBox, { name: 'den' })
  const sent = () => talk.asked.filter(([what]) => what === 'send').map(([, ...args]) => args)
  const field = () => mounted.wrapper.find('textarea')
  return { ...talk, ...mounted, sent, field }
}

describe('Enter', () => {
  it('sends and empties the field', async () => {
    const { field, sent, store } = composer()
    await field().setValue('hello')
    await field().trigger('keydown', { key: 'Enter' })
    expect(sent()).toEqual([['hello', { replyTo: null, attachments: [] }]])
    expect(store.draft).toBe('')
  })

  it('with Shift, while composing, or with nothing to say does not', async () => {
    const { field, sent } = composer()
    await field().setValue('hello')
    await field().trigger('keydown', { key: 'Enter', shiftKey: true })
    await field().trigger('keydown', { key: 'Enter', isComposing: true })
    await field().setValue('  \n ')
    await field().trigger('keydown', { key: 'Enter' })
    expect(sent()).toEqual([])
  })

  it('keeps the text where it cannot be sent, and says why', async () => {
    const { field, wrapper, store } = composer({
      send: () => {
        throw new ApiError('There is too much waiting to be sent.')
      },
    })
    await field().setValue('hello')
    await field().trigger('keydown', { key: 'Enter' })
    expect(store.draft).toBe('hello')
    expect(wrapper.find('[role=alert]').text()).toBe('There is too much waiting to be sent.')
  })
})

it('tells others about typing, and of its end', async () => {
  const { field, asked } = composer()
  await field().setValue('h')
  await field().setValue('')
  expect(asked.filter(([what]) => what === 'setTyping')).toEqual([
    ['setTyping', true],
    ['setTyping', false],
  ])
})

it('answers a message, once', async () => {
  const { context, field, sent, wrapper } = composer()
  context.reply(message(7, { body: 'what *now*?' }))
  await flushPromises()
  expect(wrapper.text()).toContain('what now?')
  await field().setValue('this')
  await field().trigger('keydown', { key: 'Enter' })
  await field().setValue('and that')
  await field().trigger('keydown', { key: 'Enter' })
  expect(sent()).toEqual([
    ['this', { replyTo: 1007, attachments: [] }],
    ['and that', { replyTo: null, attachments: [] }],
  ])
})

it('Up in an empty field edits my last message, and only there', async () => {
  const { context, field } = composer({
    messages: [message(1, { mine: true }), message(2, { mine: true }), message(3)],
  })
  await field().setValue('x')
  await field().trigger('keydown', { key: 'ArrowUp' })
  expect(context.editing).toBeNull()
  await field().setValue('')
  await field().trigger('keydown', { key: 'ArrowUp' })
  expect(context.editing).toBe('m2')
})

it('counts near the limit and stops above it', async () => {
  const { field, sent, wrapper } = composer()
  const count = () => wrapper.find('[data-testid=character-count]')
  await field().setValue('x'.repeat(7000))
  expect(count().exists()).toBe(false)
  await field().setValue('🎉'.repeat(7990))
  expect(count().text()).toBe('10 characters left')
  await field().setValue('x'.repeat(8003))
  expect(count().text()).toBe('3 characters too many')
  await field().trigger('keydown', { key: 'Enter' })
  expect(sent()).toEqual([])
})

it('counts by the limit of this server', async () => {
  connection.messageChars = 100
  const { field, wrapper } = composer()
  const count = () => wrapper.find('[data-testid=character-count]')
  await field().setValue('x'.repeat(94))
  expect(count().exists()).toBe(false)
  await field().setValue('x'.repeat(95))
  expect(count().text()).toBe('5 characters left')
  // Not told yet: the server has the word.
  connection.messageChars = null
  await field().setValue('x'.repeat(20_000))
  expect(count().exists()).toBe(false)
})

describe('@', () => {
  async function typing(text: string, rest: Parameters<typeof conversation>[0] = {}) {
    const all = composer(rest)
    all.field().element.focus()
    await all.field().setValue(text)
    const names = () => all.wrapper.findAll('[role=option]').map((each) => each.text().replace(/\s+/g, ' '))
    return { ...all, names }
  }

  it('offers members by either name, and not me nor who left', async () => {
    const { names, field } = await typing('hey @')
    expect(names()).toEqual(
      ['ben', 'bea', 'cleo'].map((name) => (name === 'ben' ? 'Benjamin Oak @ben' : name)),
    )
    await field().setValue('hey @be')
    expect(names()).toEqual(['Benjamin Oak @ben', 'bea'])
    await field().setValue('hey @oak')
    expect(names()).toEqual(['Benjamin Oak @ben'])
    await field().setValue('mail@be')
    expect(names()).toEqual([])
  })

  it('writes the chosen one with the keyboard, and does not send', async () => {
    const { names, field, store, sent } = await typing('hey @be')
    expect(field().attributes('aria-activedescendant')).toMatch(/-0$/)
    await field().trigger('keydown', { key: 'ArrowDown' })
    expect(field().attributes('aria-activedescendant')).toMatch(/-1$/)
    await field().trigger('keydown', { key: 'Enter' })
    await flushPromises()
    expect(store.draft).toBe('hey @bea ')
    expect(names()).toEqual([])
    expect(sent()).toEqual([])
    await field().trigger('keydown', { key: 'Enter' })
    expect(sent()).toHaveLength(1)
  })

  it('is closed by Escape for this word, and Enter sends', async () => {
    const { names, field, sent } = await typing('@be')
    await field().trigger('keydown', { key: 'Escape' })
    expect(names()).toEqual([])
    await field().trigger('keydown', { key: 'Enter' })
    expect(sent()).toEqual([['@be', { replyTo: null, attachments: [] }]])
  })

  it('Enter sends where the whole name is there already', async () => {
    const { field, sent } = await typing('hey @ben')
    await field().trigger('keydown', { key: 'Enter' })
    expect(sent()).toEqual([['hey @ben', { replyTo: null, attachments: [] }]])
  })

  it('offers everybody only to those who may call everybody', async () => {
    expect((await typing('@he')).names()).toEqual([])
    const me = { role: 'owner' as const, muted: false, mutedUntil: null, canModerate: true, canManage: true }
    expect((await typing('@he', { me })).names()).toEqual(['@here Everybody in this room'])
  })

  it('asks for people where the room has more members than are known', async () => {
    members.hasMore = true
    search.mockResolvedValue([
      { id: 2, username: 'ben', fullName: null },
      { id: 9, username: 'beth', fullName: null },
    ])
    const { names } = await typing('@be')
    await vi.waitFor(() => expect(names()).toEqual(['Benjamin Oak @ben', 'bea', 'beth']))
  })
})

describe('while muted', () => {
  const me = { role: 'member' as const, muted: true, mutedUntil: null, canModerate: false, canManage: false }

  it('there is nothing to write in', () => {
    const { field, wrapper } = composer({ me })
    expect(field().exists()).toBe(false)
    expect(wrapper.text()).toContain('You are muted in this room.')
  })

  it('the field comes back when the time is over', async () => {
    vi.useFakeTimers({ now: new Date('2026-03-01T10:00:00Z') })
    const { field, wrapper } = composer({ me: { ...me, mutedUntil: '2026-03-01T10:00:05Z' } })
    expect(wrapper.text()).toContain('You are muted in this room until')
    await vi.advanceTimersByTimeAsync(6000)
    expect(field().exists()).toBe(true)
    vi.useRealTimers()
  })
})

it('says that a message will wait while there is no connection', async () => {
  const { field, wrapper } = composer()
  connection.state = 'reconnecting'
  await field().setValue('hello')
  expect(wrapper.text()).toContain('Sent when you are back online')
})

describe('files', () => {
  const uploads = (...states: ('done' | 'uploading' | 'failed')[]) => {
    const list = states.map((state, index) => ({
      key: `k${index}`,
      name: `${index}.txt`,
      size: 2,
      contentType: 'text/plain',
      preview: null,
      state,
      progress: 0.5,
      error: state === 'failed' ? 'The file is empty.' : null,
      mayRetry: false,
      attachment: state === 'done' ? { id: 70 + index } : null,
    }))
    const taken = vi.fn()
    const store = reactive({
      list,
      busy: states.includes('uploading'),
      failed: states.includes('failed'),
      add: vi.fn(() => null),
      remove: vi.fn(),
      retry: vi.fn(),
      take: taken,
      clear: vi.fn(),
    })
    return { uploads: store as never, taken, store }
  }

  it('need no words', async () => {
    const { uploads: files, taken } = uploads('done', 'done')
    const { field, sent } = composer({ uploads: files })
    await field().trigger('keydown', { key: 'Enter' })
    expect(sent()).toEqual([['', { replyTo: null, attachments: [{ id: 70 }, { id: 71 }] }]])
    expect(taken).toHaveBeenCalledOnce()
  })

  it.each([
    ['uploading', 'Sent once the files are uploaded'],
    ['failed', 'Try again or remove what failed'],
  ] as const)('that are %s hold the message back, and it says so', async (state, words) => {
    const { field, sent, wrapper } = composer({ uploads: uploads('done', state).uploads })
    await field().setValue('with words')
    await field().trigger('keydown', { key: 'Enter' })
    expect(sent()).toEqual([])
    expect(wrapper.text()).toContain(words)
  })

  it('stay where the message could not be sent', async () => {
    const { uploads: files, taken } = uploads('done')
    const { field } = composer({
      uploads: files,
      send: () => {
        throw new ApiError('There is too much waiting to be sent.')
      },
    })
    await field().trigger('keydown', { key: 'Enter' })
    expect(taken).not.toHaveBeenCalled()
  })

  it('are taken from the clipboard, unless it is text that was copied', async () => {
    const { uploads: files, store } = uploads()
    const { field } = composer({ uploads: files })
    const image = new File(['x'], 'image.png', { type: 'image/png' })
    const paste = (clipboardData: object) => field().trigger('paste', { clipboardData })
    await paste({ files: [image], types: ['Files', 'text/plain'] })
    expect(store.add).not.toHaveBeenCalled()
    await paste({ files: [image], types: ['Files', 'text/html'] })
    expect(store.add).toHaveBeenCalledExactlyOnceWith([image])
  })

  it('show how far they are, and what is wrong', () => {
    const { wrapper } = composer({ uploads: uploads('uploading', 'failed', 'done').uploads })
    expect(wrapper.find('[role=progressbar]').attributes('aria-valuenow')).toBe('50')
    expect(wrapper.findAll('[data-testid=upload]').map((one) => one.text())).toEqual([
      '0.txt50 %',
      '1.txtThe file is empty.',
      '2.txt2 bytes',
    ])
  })
})

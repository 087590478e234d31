import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { conversation, message } from '@/composables/__tests__/samples'
import { useConfirm } from '@/composables/confirm'
import { ApiError } from '@/stores/types'

import MessageAnnouncer from '../MessageAnnouncer.vue'
import MessageEditor from '../MessageEditor.vue'
import MessageRow from '../MessageRow.vue'
import MessageStatus from '../MessageStatus.vue'
import TypingLine from '../TypingLine.vue'
import { mountIn } from './host'

vi.mock('@/stores/session', () => ({ useSession: () => ({ user: { id: 1, username: 'ada' } }) }))
vi.mock('@/stores/connection', () => ({ useConnection: () => ({ state: 'online', messageChars: 8000 }) }))
vi.mock('@/stores/notices', () => ({ useNotices: () => ({ push: vi.fn() }) }))
enableAutoUnmount(afterEach)

describe('a message that was not sent', () => {
  it('says why, and can be sent again or discarded', async () => {
    const { store, asked } = conversation()
    const failed = message(1, { key: 'p1', mine: true, status: 'failed', error: 'You are muted.' })
    const { wrapper } = mountIn(store, MessageStatus, { message: failed, last: true })
    expect(wrapper.find('[role=alert]').text()).toContain('You are muted.')
    const [retry, discard] = wrapper.findAll('button')
    await retry?.trigger('click')
    await discard?.trigger('click')
    expect(asked).toEqual([
      ['retry', 'p1'],
      ['discard', 'p1'],
    ])
  })
})

describe('what became of my last message', () => {
  const label = (rest: Parameters<typeof conversation>[0]) =>
    mountIn(conversation(rest).store, MessageStatus, { message: message(5, { mine: true }), last: true })
      .wrapper.find('[role=img]')
      .attributes('aria-label')
  const marks = (read: number, delivered: number) => new Map([['ben', { read, delivered }]])

  it('between two: sent, delivered, seen', () => {
    expect(label({ direct: true, marks: marks(4, 4) })).toBe('Sent')
    expect(label({ direct: true, marks: marks(4, 5) })).toBe('Delivered')
    expect(label({ direct: true, marks: marks(5, 5) })).toBe('Seen')
    expect(label({ direct: true, marks: null })).toBe('Sent')
  })

  it('in a room: sent', () => {
    expect(label({ marks: marks(9, 9) })).toBe('Sent')
  })
})

describe('a row', () => {
  const row = (
    store: ReturnType<typeof conversation>['store'],
    each = message(1),
    active = true,
    seenBy: string[] = [],
  ) =>
    mountIn(store, MessageRow, {
      item: { kind: 'message', key: each.key, message: each, grouped: false, day: null, unread: false },
      active,
      highlighted: false,
      last: false,
      seenBy,
    }).wrapper

  it('offers what its reader may do, and only while it is pointed at', () => {
    const { store } = conversation()
    const names = (wrapper: ReturnType<typeof row>) =>
      wrapper.findAll('[aria-label="Message actions"] button').map((each) => each.attributes('aria-label'))
    expect(names(row(store))).toEqual(['React with thumbs up', 'React', 'Reply', 'More actions'])
    expect(names(row(store, message(1, { mine: true })))).toContain('Edit')
    expect(names(row(store, message(1), false))).toEqual([])
    expect(names(row(store, message(1, { deleted: true })))).toEqual([])
  })

  it('stands out when it calls its reader, and not when it only seems to', () => {
    const { store } = conversation()
    const calls = (more: Parameters<typeof message>[1]) =>
      row(store, message(1, more)).find('.is-mention').exists()
    expect(calls({ body: '@ada can you look?', mentions: ['ada'] })).toBe(true)
    expect(calls({ body: '@here', mentionsHere: true })).toBe(true)
    expect(calls({ body: '@ben', mentions: ['ben'] })).toBe(false)
    // The server decides: here it was no mention.
    expect(calls({ body: '`@ada`' })).toBe(false)
    expect(calls({ body: '@here' })).toBe(false)
    expect(calls({ body: '@ada', mentions: ['ada'], mine: true })).toBe(false)
  })

  it('shows names that are mentions, and mine above all', () => {
    const { store } = conversation()
    const body = '@ada and @ben.c, not @cleo or `@ada`'
    const wrapper = row(store, message(1, { body, mentions: ['ada', 'ben.c'] }))
    expect(wrapper.findAll('.mention').map((each) => [each.text(), each.classes('is-me')])).toEqual([
      ['@ada', true],
      ['@ben.c', false],
    ])
  })

  it('says who has seen it', () => {
    const { store } = conversation()
    expect(row(store).find('[data-testid=seen-by]').exists()).toBe(false)
    const wrapper = row(store, message(1, { mine: true }), true, ['ben', 'cleo'])
    expect(wrapper.find('[data-testid=seen-by]').attributes('aria-label')).toBe('Seen by ben, cleo')
  })

  it('never inserts markup of the author', () => {
    const { store } = conversation()
    const wrapper = row(store, message(1, { body: '<img src=x onerror=alert(1)> **bold**' }))
    expect(wrapper.find('.prose img').exists()).toBe(false)
    expect(wrapper.find('.prose strong').text()).toBe('bold')
    expect(wrapper.find('.prose').text()).toContain('<img')
  })
})

describe('editing', () => {
  const own = message(4, { mine: true, body: 'frist' })

  async function edit(text: string, store = conversation()) {
    const { wrapper, context } = mountIn(store.store, MessageEditor, { message: own })
    context.editing = own.key
    await wrapper.find('textarea').setValue(text)
    await wrapper.find('textarea').trigger('keydown', { key: 'Enter' })
    await flushPromises()
    return { ...store, wrapper, context }
  }

  it('saves with Enter and closes', async () => {
    const { asked, context } = await edit('first ')
    expect(asked).toEqual([['edit', 1004, 'first']])
    expect(context.editing).toBeNull()
  })

  it('asks nothing of the server where nothing changed, and closes with Escape', async () => {
    expect((await edit('frist')).asked).toEqual([])
    const { store } = conversation()
    const { wrapper, context } = mountIn(store, MessageEditor, { message: own })
    context.editing = own.key
    await wrapper.find('textarea').trigger('keydown', { key: 'Escape' })
    expect(context.editing).toBeNull()
  })

  it('asks before an empty text deletes the message', async () => {
    const { asked } = await edit('  ')
    const { question, close } = useConfirm()
    expect(question.value?.title).toBe('Delete this message?')
    expect(asked).toEqual([])
    await question.value?.run()
    expect(asked).toEqual([['remove', 1004]])
    close()
  })

  it('stays open and says why it was not saved', async () => {
    const refusing = conversation({ edit: () => Promise.reject(new ApiError('Too late to edit.')) })
    const { wrapper, context } = await edit('first', refusing)
    expect(wrapper.find('[role=alert]').text()).toBe('Too late to edit.')
    expect(context.editing).toBe(own.key)
  })
})

describe('the announcer', () => {
  it('says what is new from others, not what was there or is mine', async () => {
    const { store } = conversation({ messages: [message(1), message(2)] })
    const { wrapper } = mountIn(store, MessageAnnouncer, { name: 'den' })
    const said = () => wrapper.findAll('[role=log] p').map((each) => each.text())
    expect(said()).toEqual([])
    store.messages = [...store.messages, message(3, { body: '**hi** there' }), message(4, { mine: true })]
    await flushPromises()
    expect(said()).toEqual(['ben: hi there'])
    // Older ones that come in front are not new.
    store.messages = [message(0), ...store.messages]
    await flushPromises()
    expect(said()).toEqual(['ben: hi there'])
  })
})

it.each([
  [[], ''],
  [['ben'], 'ben is typing…'],
  [['ben', 'cleo'], 'ben and cleo are typing…'],
  [['ben', 'cleo', 'dan', 'eve'], 'ben, cleo and 2 more are typing…'],
])('typing %j', (typing, text) => {
  const { store } = conversation({ typing })
  expect(mountIn(store, TypingLine).wrapper.text()).toBe(text)
})

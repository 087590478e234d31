import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { reactive } from 'vue'

import { conversation, message } from '@/composables/__tests__/samples'
import { mountIn } from '@/components/message/__tests__/host'
import { ApiError } from '@/stores/types'

import ComposerBox from '../ComposerBox.vue'

const connection = reactive({ state: 'online' })
vi.mock('@/stores/connection', () => ({ useConnection: () => connection }))
vi.mock('@/stores/session', () => ({ useSession: () => ({ user: { id: 1, username: 'ada' } }) }))
vi.mock('@/stores/notices', () => ({ useNotices: () => ({ push: vi.fn() }) }))
enableAutoUnmount(afterEach)
afterEach(() => {
  connection.state = 'online'
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
    expect(sent()).toEqual([['hello', { replyTo: null }]])
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
    ['this', { replyTo: 1007 }],
    ['and that', { replyTo: null }],
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

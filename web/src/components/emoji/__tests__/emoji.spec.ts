import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'

import { EMOJI, FREQUENT, findEmoji } from '../emoji'
import EmojiPicker from '../EmojiPicker.vue'

describe('the list', () => {
  const all = EMOJI.flatMap((group) => group.list)

  it('names every emoji once, the frequent ones among them', () => {
    const chars = all.map((emoji) => emoji.char)
    expect(new Set(chars).size).toBe(chars.length)
    expect(all.filter((emoji) => emoji.name === '')).toEqual([])
    for (const char of FREQUENT) expect(chars).toContain(char)
  })

  it('finds by the beginning of a word first', () => {
    expect(findEmoji('rock')[0]?.char).toBe('🚀')
    expect(findEmoji('party')[0]?.char).toBe('🥳')
    expect(findEmoji('no such thing')).toEqual([])
  })
})

describe('the picker', () => {
  beforeEach(() => localStorage.clear())

  it('picks with a click, and the first result with Enter', async () => {
    const picker = mount(EmojiPicker)
    await picker.find('button[aria-label="rocket ship it"]').trigger('click')
    await picker.find('input').setValue('coffee')
    await picker.find('input').trigger('keydown', { key: 'Enter' })
    expect(picker.emitted('pick')).toEqual([['🚀'], ['☕']])
  })

  it('walks over the grid with arrows', async () => {
    const picker = mount(EmojiPicker, { attachTo: document.body })
    picker.find('input').element.focus()
    await picker.find('input').trigger('keydown', { key: 'ArrowDown' })
    const buttons = picker.findAll('button')
    expect(document.activeElement).toBe(buttons[0]?.element)
    await buttons[0]?.trigger('keydown', { key: 'ArrowDown' })
    expect(document.activeElement).toBe(buttons[8]?.element)
    await buttons[8]?.trigger('keydown', { key: 'ArrowLeft' })
    expect(document.activeElement).toBe(buttons[7]?.element)
    picker.unmount()
  })

  it('says when nothing fits', async () => {
    const picker = mount(EmojiPicker)
    await picker.find('input').setValue('zzzz')
    expect(picker.find('[role=status]').text()).toContain('zzzz')
  })
})

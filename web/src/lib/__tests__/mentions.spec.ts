// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'

import { renderMarkdown } from '../markdown'
import { findMentions, mentionAt, normalUsername } from '../mentions'

const mentioned = { users: ['ada', 'ben.c'], here: true, me: 'ada' }
const cut = (text: string, who = mentioned) =>
  findMentions(text, who).map((piece) =>
    piece.kind === 'text' ? piece.text : `[${piece.kind} ${piece.text}]`,
  )

describe('mentions in a text', () => {
  it('are those that the server names, where a word begins', () => {
    expect(cut('@ada, @ben.c. and @cleo')).toEqual(['[me @ada]', ', ', '[someone @ben.c]', '. and @cleo'])
    expect(cut('(@Ada) mail@ada x/@ada')).toEqual(['(', '[me @Ada]', ') mail@ada x/@ada'])
    expect(cut('你好 @ada')).toEqual(['你好 ', '[me @ada]'])
  })

  it('of everybody are mine too, if everybody was called', () => {
    expect(cut('@here @Here')).toEqual(['[me @here]', ' ', '[me @Here]'])
    expect(cut('@here', { ...mentioned, here: false })).toEqual(['@here'])
  })
})

it.each([
  ['@', 1, { from: 0, query: '' }],
  ['hey @be', 7, { from: 4, query: 'be' }],
  ['hey @be and', 7, { from: 4, query: 'be' }],
  ['hey @be and', 11, null],
  ['mail@be', 7, null],
  ['@@be', 4, null],
  ['(@b.c', 5, { from: 1, query: 'b.c' }],
])('what is typed in %j at %d', (text, cursor, found) => {
  expect(mentionAt(text, cursor)).toEqual(found)
})

it('names are compared as the server writes them', () => {
  expect(normalUsername(' Ada-Lovelace_ ')).toBe('ada_lovelace')
})

describe('rendered', () => {
  it('outside of code and links, next to other marks', () => {
    const html = renderMarkdown('**@ada** `@ada` [@ada](https://example.org) @ben.c', mentioned)
    expect(html).toContain('<strong><span class="mention is-me">@ada</span></strong>')
    expect(html).toContain('<code>@ada</code>')
    expect(html).toContain('>@ada</a>')
    expect(html).toContain('<span class="mention">@ben.c</span>')
  })

  it('nobody can write one, or give it another class', () => {
    const html = renderMarkdown('<span class="mention is-me">@ada</span> @cleo', {
      ...mentioned,
      users: ['cleo'],
    })
    expect(html).toContain('&lt;span class=')
    expect(html.match(/<span/g)).toHaveLength(1)
    expect(renderMarkdown('@ada')).toBe('<p>@ada</p>\n')
  })
})

// @vitest-environment jsdom
// DOMPurify does not support happy-dom.
import { describe, expect, it } from 'vitest'

import { plainExcerpt, renderMarkdown } from '../markdown'

function dom(body: string): HTMLElement {
  const element = document.createElement('div')
  element.innerHTML = renderMarkdown(body)
  return element
}

describe('what is harmless', () => {
  it.each([
    ['**bold** and _soft_', 'strong', 'bold'],
    ['~~gone~~', 's', 'gone'],
    ['`let x`', 'code', 'let x'],
    ['> quoted', 'blockquote', 'quoted'],
    ['- one\n- two', 'li', 'one'],
    ['# Title', 'h1', 'Title'],
    ['| a | b |\n|---|---|\n| 1 | 2 |', 'td', '1'],
  ])('%s', (body, selector, text) => {
    expect(dom(body).querySelector(selector)?.textContent?.trim()).toBe(text)
  })

  it('keeps single line breaks', () => {
    expect(dom('one\ntwo').querySelectorAll('br')).toHaveLength(1)
  })

  it('shows code as it was written', () => {
    const code = dom('```html\n<b>&amp;</b>\n```').querySelector('pre code')
    expect(code?.textContent).toBe('<b>&amp;</b>\n')
    expect(code?.className).toBe('language-html')
  })

  it('opens links elsewhere, without a word about here', () => {
    const link = dom('see https://example.org/a?b=c').querySelector('a')
    expect(link?.getAttribute('href')).toBe('https://example.org/a?b=c')
    expect(link?.getAttribute('target')).toBe('_blank')
    expect(link?.getAttribute('rel')).toContain('noopener')
    expect(link?.getAttribute('rel')).toContain('noreferrer')
  })

  it('takes only what looks like a link for one', () => {
    expect(dom('README.md and a@b.example').querySelector('a')).toBeNull()
  })
})

const ATTACKS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)>',
  '<svg><script>alert(1)</script></svg>',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<a href="javascript:alert(1)">x</a>',
  '<form action=javascript:alert(1)><button>x</button></form>',
  '<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
  '<style>*{display:none}</style>',
  '<base href="https://evil.example/">',
  '<meta http-equiv=refresh content="0;url=https://evil.example">',
  '<div style="position:fixed;inset:0">x</div>',
  '<input autofocus onfocus=alert(1)>',
  '<details open ontoggle=alert(1)>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](java\nscript:alert(1))',
  '[x](&#106;avascript:alert(1))',
  '[x](\u0001javascript:alert(1))',
  '[x](vbscript:msgbox(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '[x](data:image/svg+xml;base64,PHN2Zz4=)',
  '[x](file:///etc/passwd)',
  '[x](//evil.example)',
  '![x](https://evil.example/track.png)',
  '![x](javascript:alert(1))',
  '![x" onerror="alert(1)](x)',
  '<javascript:alert(1)>',
  '[x]: javascript:alert(1)\n\n[x]',
  '[a](https://x.example" onmouseover="alert(1))',
  '[a](https://x.example "t" onmouseover="alert(1)")',
  '```x" onmouseover="alert(1)\ncode\n```',
  '```<img src=x onerror=alert(1)>\ncode\n```',
  '`<img src=x onerror=alert(1)>`',
  '"><img src=x onerror=alert(1)>',
  '<!--><img src=x onerror=alert(1)>-->',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '\u003cimg src=x onerror=alert(1)\u003e',
]

describe('what is not', () => {
  it.each(ATTACKS)('%s', (body) => {
    const element = dom(body)
    const forbidden =
      'script,img,svg,math,iframe,object,embed,form,input,button,style,base,meta,link,details,video,audio'
    expect(element.querySelectorAll(forbidden)).toHaveLength(0)
    for (const node of element.querySelectorAll('*')) {
      for (const { name, value } of node.attributes) {
        expect(['href', 'rel', 'target', 'class', 'start']).toContain(name)
        if (name === 'href') expect(value).toMatch(/^(https?:|mailto:)/i)
        if (name === 'class') expect(value).toMatch(/^language-[\w+#.-]+$/)
      }
    }
  })

  it('shows the text of HTML instead of the HTML', () => {
    expect(dom('<b>not bold</b>').textContent?.trim()).toBe('<b>not bold</b>')
  })
})

describe('plainExcerpt', () => {
  it.each([
    ['**Hello** [there](https://example.org)', 'Hello there'],
    ['one\ntwo\n\n- three', 'one two three'],
    ['```\ncode\n```', 'code'],
    ['<b>x</b>', '<b>x</b>'],
    ['', ''],
  ])('%s', (body, text) => {
    expect(plainExcerpt(body)).toBe(text)
  })

  it('cuts between characters', () => {
    expect(plainExcerpt('👍'.repeat(20), 5)).toBe('👍👍👍👍…')
  })
})

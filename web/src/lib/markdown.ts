import DOMPurify from 'dompurify'
import MarkdownIt from 'markdown-it'

import { findMentions, type Mentioned } from './mentions'

/*
 * Two nets: markdown-it never lets HTML through and refuses dangerous link targets, and DOMPurify keeps only the tags
 * and attributes that the first can produce. What arrives is written by anybody, so neither is trusted alone.
 */
const ALLOWED_TAGS = [
  'a blockquote br code del em h1 h2 h3 h4 h5 h6 hr li ol p pre s span strong table tbody td th thead tr ul',
].flatMap((tags) => tags.split(' '))
const ALLOWED_ATTR = ['href', 'rel', 'target', 'start', 'class']
const SAFE_LINK = /^(?:https?:|mailto:)/i
const MENTION = /^mention(?: is-me)?$/
const CODE_LANGUAGE = /^language-[\w+#.-]{1,32}$/

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true, typographer: false })

// A page elsewhere must not learn who reads a message, so pictures are shown as links to them.
markdown.disable('image')
markdown.validateLink = (url) => SAFE_LINK.test(url.trim())
// Only what says that it is a link becomes one: "README.md" stays text.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false })

markdown.renderer.rules.link_open = (tokens, index, options, _env, self) => {
  const token = tokens[index]
  token?.attrSet('target', '_blank')
  token?.attrSet('rel', 'noopener noreferrer nofollow')
  return self.renderToken(tokens, index, options)
}

/** Text outside of code and links is looked through for those whom the server says the message mentions. */
markdown.core.ruler.push('mentions', (state) => {
  const { mentioned } = state.env as { mentioned?: Mentioned }
  if (!mentioned) return
  for (const block of state.tokens) {
    if (block.type !== 'inline' || !block.children) continue
    let links = 0
    block.children = block.children.flatMap((token) => {
      links += token.type === 'link_open' ? 1 : token.type === 'link_close' ? -1 : 0
      if (token.type !== 'text' || links > 0) return [token]
      return findMentions(token.content, mentioned).map((piece) => {
        const part = new state.Token(piece.kind === 'text' ? 'text' : 'mention', '', 0)
        part.content = piece.text
        part.meta = { me: piece.kind === 'me' }
        return part
      })
    })
  }
})
markdown.renderer.rules.mention = (tokens, index) => {
  const token = tokens[index]
  const mark = token?.meta?.me === true ? 'mention is-me' : 'mention'
  return `<span class="${mark}">${markdown.utils.escapeHtml(token?.content ?? '')}</span>`
}

const purifier = DOMPurify()
purifier.addHook('uponSanitizeAttribute', (_node, data) => {
  // The only classes that are made here name the language of a code block, or a mention.
  const known = CODE_LANGUAGE.test(data.attrValue) || MENTION.test(data.attrValue)
  if (data.attrName === 'class' && !known) data.keepAttr = false
  if (data.attrName === 'href' && !SAFE_LINK.test(data.attrValue)) data.keepAttr = false
})

const cache = new Map<string, string>()
const CACHE_SIZE = 500

/** Renders the Markdown of a message to HTML that is safe to insert. `mentioned`: whose names stand out. */
export function renderMarkdown(body: string, mentioned?: Mentioned): string {
  const key = mentioned ? `${JSON.stringify(mentioned)}\n${body}` : `\n${body}`
  const known = cache.get(key)
  if (known !== undefined) return known
  const html = purifier.sanitize(markdown.render(body, { mentioned }), {
    ALLOWED_TAGS,
    ALLOWED_ATTR,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: SAFE_LINK,
    // Otherwise every attribute would have to look like a link.
    ADD_URI_SAFE_ATTR: ['target', 'rel', 'start', 'class'],
  })
  if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value as string)
  cache.set(key, html)
  return html
}

/** The first words of a message without markup, for previews of replies and for screen readers. */
export function plainExcerpt(body: string, max = 140): string {
  const words: string[] = []
  for (const block of markdown.parse(body, {})) {
    if (block.type === 'fence' || block.type === 'code_block') words.push(block.content)
    for (const token of block.children ?? []) words.push(token.type.endsWith('break') ? ' ' : token.content)
    if (block.type === 'inline') words.push(' ')
  }
  const text = words.join('').replace(/\s+/g, ' ').trim()
  const characters = Array.from(text)
  return characters.length <= max
    ? text
    : `${characters
        .slice(0, max - 1)
        .join('')
        .trimEnd()}…`
}

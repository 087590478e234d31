/** Whom a message mentions, as the server decided. */
export interface Mentioned {
  users: readonly string[]
  here: boolean
  /** Whose eyes it is shown to. */
  me: string
}

export interface Piece {
  kind: 'text' | 'someone' | 'me'
  text: string
}

/** `@name` where a word begins; what a word is follows the server's rules closely enough, as the names are known. */
const CANDIDATE = /(?<![\p{L}\p{N}_\-+@/])@[A-Za-z0-9_.-]+/gu

/** The server writes names this way, whatever way they are typed. */
export function normalUsername(raw: string): string {
  return raw
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '_')
    .replace(/^_+|_+$/g, '')
}

/** Cuts a text into mentions and what is between them. */
export function findMentions(text: string, mentioned: Mentioned): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const found of text.matchAll(CANDIDATE)) {
    // The end of a sentence is not part of a name.
    const word = found[0].replace(/[.-]+$/, '')
    const name = word.slice(1)
    const everybody = mentioned.here && name.toLowerCase() === 'here'
    const username = normalUsername(name)
    if (!everybody && !mentioned.users.includes(username)) continue
    if (found.index > from) pieces.push({ kind: 'text', text: text.slice(from, found.index) })
    pieces.push({ kind: everybody || username === mentioned.me ? 'me' : 'someone', text: word })
    from = found.index + word.length
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) })
  return pieces
}

/** What is being typed after an `@` at the cursor; null: nothing of the sort. */
export function mentionAt(text: string, cursor: number): { from: number; query: string } | null {
  const found = /(?:^|[^\p{L}\p{N}_\-+@/])@([A-Za-z0-9_.-]{0,32})$/u.exec(text.slice(0, cursor))
  if (!found) return null
  const query = found[1] ?? ''
  return { from: cursor - query.length - 1, query }
}

/** How many tones tokens.css has. */
const TONES = 9

/** The tone of a person or a room: always the same one for the same name. */
export function toneOf(name: string): number {
  let hash = 2166136261
  for (const letter of name.toLowerCase()) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16777619)
  }
  // Mixed once more, so that short names spread over the tones too.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (((hash ^ (hash >>> 13)) >>> 0) % TONES) + 1
}

/** One or two letters that stand for a name: `Ada Lovelace` and `ada_lovelace` give `AL`. */
export function initialsOf(name: string, letters: 1 | 2 = 2): string {
  const words = name.split(/[\s._\-#@/]+/u).filter(Boolean)
  const first = firstLetter(words[0])
  if (letters === 1 || words.length < 2) return first || '?'
  return first + firstLetter(words[words.length - 1])
}

function firstLetter(word: string | undefined): string {
  const letter = word ? [...word][0] : undefined
  return letter ? letter.toLocaleUpperCase() : ''
}

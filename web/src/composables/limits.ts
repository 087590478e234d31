/** What the server takes by default; it has the last word. */
export const MESSAGE_CHARS = 8000

/** Where the counter begins to show. */
export const MESSAGE_CHARS_NEAR = 7600

/** Characters as people count them, more or less: code points, as the server does. */
export function lengthOf(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) count += 1
  return count
}

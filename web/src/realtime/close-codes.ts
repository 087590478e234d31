/** What to do when the server, or the network, has closed the socket. */
export type AfterClose =
  /** Come back and resume. */
  | 'resume'
  /** Come back with a new access token. */
  | 'refresh'
  /** The login has ended. */
  | 'sign-out'
  /** The same would happen again: stay away. */
  | 'stop'

const BY_CODE: Readonly<Record<number, AfterClose>> = {
  4400: 'refresh',
  4401: 'refresh',
  4402: 'refresh',
  4403: 'sign-out',
  4410: 'sign-out',
  4413: 'stop',
  4426: 'stop',
}

/** Codes that are not named, the network's 1006 among them, mean to come back. */
export function afterClose(code: number): AfterClose {
  return BY_CODE[code] ?? 'resume'
}

const WORDS: Readonly<Record<number, string>> = {
  1001: 'The server is restarting.',
  1011: 'The server had a problem.',
  1012: 'The server is restarting.',
  4001: 'The server is restarting.',
  4003: 'The connection was too quiet.',
  4008: 'The connection was too slow.',
  4403: 'This account is disabled. Ask an administrator.',
  4410: 'You were signed out on this device.',
  4413: 'The server refused something that was too large. Reload the page.',
  4426: 'This page is too old for the server. Reload it.',
  4429: 'Too much at once. One moment.',
}

export function closeText(code: number): string {
  return WORDS[code] ?? 'The connection was lost.'
}

/** A wait that the server asks for in the close reason: `{"after_ms":1000}` or `after_ms=1000`. */
export function waitFromReason(reason: string): number | null {
  const found = /after_ms"?\s*[:=]\s*(\d{1,6})/.exec(reason)
  return found?.[1] === undefined ? null : Number(found[1])
}

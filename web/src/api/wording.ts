/** Turns what the server says into what a person can use. Shared by REST answers and error frames. */

function seconds(ms: number): string {
  const count = Math.max(1, Math.ceil(ms / 1000))
  return count === 1 ? '1 second' : `${count} seconds`
}

const BY_CODE: Readonly<Record<string, string>> = {
  wrong_password: 'That username and password do not match.',
  account_disabled: 'This account is disabled. Ask an administrator.',
  session_revoked: 'You were signed out on this device.',
  bad_refresh_token: 'Your session has ended. Sign in again.',
  username_taken: 'That username is taken.',
  email_taken: 'That username or e-mail address is already in use.',
  room_name_taken: 'There already is a room with that name.',
  already_member: 'Already a member of this room.',
  user_not_found: 'There is nobody with that username.',
  room_not_found: 'This room does not exist, or you may not see it.',
  message_not_found: 'That message is gone.',
  member_not_found: 'That person is not a member any more.',
  membership_not_found: 'You are not a member of this room.',
  room_is_private: 'This room is private. Ask a member to add you.',
  not_a_member: 'You are not a member of this room.',
  banned: 'You are banned from this room.',
  muted: 'You are muted in this room.',
  not_moderator: 'Only moderators may do that.',
  not_permitted: 'You may not do that.',
  outranked: 'That person has the same or a higher role than you.',
  room_archived: 'This room is archived: nothing can be written any more.',
  direct_room: 'That is not possible in a direct conversation.',
  client_id_reused: 'This message was already sent with another text.',
  too_many_emojis: 'This message has too many different reactions already.',
  too_many_pins: 'This room has as many pinned messages as it may have. Unpin one first.',
  attachment_not_found: 'A file of this message is gone. Add it again.',
  file_too_large: 'The file is too large.',
  file_empty: 'The file is empty.',
  file_type_not_allowed: 'Files of this type are not allowed here.',
  bad_image: 'The image is damaged or not complete.',
  image_too_large: 'The image has too many pixels.',
  quota_exceeded: 'There is no room left for your files.',
  slow_body: 'The upload was too slow.',
  too_many_uploads: 'Too many uploads at the same time.',
  cancelled: 'Cancelled.',
  busy: 'The server is busy. Try again in a moment.',
  unavailable: 'The server cannot do that right now. Try again in a moment.',
  internal: 'Something went wrong on the server.',
  signed_out: 'You are signed out.',
  offline: 'You are not connected.',
  network: 'The server cannot be reached.',
  timeout: 'The server did not answer in time.',
}

/** What to show for an error with this code; `detail` is the server's own text. */
export function explain(code: string, detail = '', retryAfterMs: number | null = null): string {
  if (code === 'rate_limited') {
    return retryAfterMs === null
      ? 'That was too fast. Try again in a moment.'
      : `That was too fast. Try again in ${seconds(retryAfterMs)}.`
  }
  const known = BY_CODE[code]
  if (known !== undefined) return known
  if (detail === '') return 'Something went wrong.'
  return sentence(detail)
}

/** "message must not be blank" -> "Message must not be blank." */
export function sentence(text: string): string {
  const trimmed = text.trim().replaceAll('_', ' ')
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}

const FIELD_BY_CODE: Readonly<Record<string, string>> = {
  username_taken: 'username',
  email_taken: 'email',
  room_name_taken: 'name',
  user_not_found: 'username',
}

const FIELDS = ['username', 'password', 'email', 'full_name', 'name', 'topic'] as const

/** The form field that an error is about, with the words to put there. */
export function fieldError(code: string, detail: string): { field: string; text: string } | null {
  if (detail === 'username length invalid') {
    return { field: 'username', text: 'Use 3 to 32 letters, digits, dots or underscores.' }
  }
  const byCode = FIELD_BY_CODE[code]
  if (byCode !== undefined) return { field: byCode, text: explain(code, detail) }
  if (code !== 'invalid') return null
  // The server's texts about a field begin with its name.
  const field = FIELDS.find((name) => detail.startsWith(name))
  return field === undefined ? null : { field, text: sentence(detail) }
}

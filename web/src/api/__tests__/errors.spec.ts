import { describe, expect, it } from 'vitest'

import { errorFromResponse } from '../errors'

const from = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  errorFromResponse(new Response(null, { status, headers }), body)

describe('errorFromResponse', () => {
  it.each([
    [409, { code: 'username_taken', detail: 'username already exists' }, 'username', /taken/],
    [409, { code: 'room_name_taken', detail: 'room name exists' }, 'name', /already is a room/],
    [422, { code: 'invalid', detail: 'username length invalid' }, 'username', /3 to 32/],
    [
      422,
      { code: 'invalid', detail: 'password too short: use at least 8 characters' },
      'password',
      /at least 8/,
    ],
    [
      422,
      { code: 'invalid', detail: 'full_name must have 1 to 100 characters' },
      'full_name',
      /^Full name must/,
    ],
  ])('%i %o belongs to a field', (status, body, field, text) => {
    const error = from(status, body)
    expect(error.fieldErrors[field]).toMatch(text)
    expect(error).toMatchObject({ status, code: body.code })
  })

  it('reads the list form', () => {
    const detail = [{ type: 'missing', loc: ['body', 'name'], msg: 'Field required', input: null }]
    expect(from(422, { detail, code: 'validation' }).fieldErrors).toEqual({ name: 'Field required.' })
  })

  it('says how long to wait', () => {
    expect(from(429, { code: 'rate_limited', detail: 'x', retry_after_ms: 2500 })).toMatchObject({
      retryAfterMs: 2500,
      message: 'That was too fast. Try again in 3 seconds.',
    })
    expect(from(503, { code: 'busy' }, { 'retry-after': '2' }).retryAfterMs).toBe(2000)
  })

  it('copes with answers that are none', () => {
    expect(from(502, '<html>bad gateway</html>').code).toBe('unavailable')
    expect(from(429, undefined).code).toBe('rate_limited')
    expect(from(418, { detail: 5 }).message).toBe('Something went wrong.')
    expect(from(422, { detail: [null, { msg: 'x' }] }).message).toMatch(/form/)
  })
})

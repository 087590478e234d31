import { expect, it } from 'vitest'

import { ApiError } from '@/stores/types'

import { problemText, waitText } from '../problem'

it.each([
  [null, 'Try again in a moment.'],
  [900, 'Try again in 1 second.'],
  [42_000, 'Try again in 42 seconds.'],
  [600_000, 'Try again in 10 minutes.'],
])('waits of %s', (ms, text) => {
  expect(waitText(ms)).toBe(text)
})

it('says what went wrong, and when to come back', () => {
  expect(problemText(new ApiError('slow down', { status: 429, retryAfterMs: 3000 }))).toBe(
    'Too many attempts. Try again in 3 seconds.',
  )
  expect(problemText(new ApiError('busy', { status: 503, retryAfterMs: 2000 }))).toBe(
    'The server is busy. Try again in 2 seconds.',
  )
  expect(problemText(new ApiError('That name is taken.', { status: 409 }))).toBe('That name is taken.')
  expect(problemText(new TypeError('x is not a function'))).toBe('Something went wrong. Please try again.')
})

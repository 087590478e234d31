import type { LocationQuery, LocationQueryRaw } from 'vue-router'

import type { SearchQuery } from '@/api/rest'

export const HAS = ['file', 'image', 'link', 'reaction', 'pin'] as const
export type Has = (typeof HAS)[number]

export interface SearchFilters {
  q: string
  from: string
  in: string
  after: string
  before: string
  has: Has[]
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** A search as the address of its page has it. */
export function filtersOf(query: LocationQuery): SearchFilters {
  const text = (key: string) => {
    const value = query[key]
    return typeof value === 'string' ? value : ''
  }
  const day = (key: string) => (DAY.test(text(key)) ? text(key) : '')
  return {
    q: text('q'),
    from: text('from'),
    in: text('in'),
    after: day('after'),
    before: day('before'),
    has: HAS.filter((has) => text('has').split(',').includes(has)),
  }
}

export function toQuery(filters: SearchFilters): LocationQueryRaw {
  const { q, from, after, before, has } = filters
  const all = { q: q.trim(), from: from.trim(), in: filters.in, after, before, has: has.join(',') }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
}

/** Midnight of a day here: the server counts days of UTC where it is not told a moment. */
function startOf(day: string, plus = 0): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + plus).toISOString()
}

/** What the server is asked for; null: nothing was asked. `before` a day includes it, as people mean it. */
export function toWanted(filters: SearchFilters): SearchQuery | null {
  const { q, from, after, before, has } = filters
  const wanted: SearchQuery = {}
  if (q.trim() !== '') wanted.q = q.trim()
  const author = from.trim().replace(/^@/, '')
  if (author !== '') wanted.from = author
  if (filters.in !== '') wanted.in = filters.in
  if (after !== '') wanted.after = startOf(after)
  if (before !== '') wanted.before = startOf(before, 1)
  if (has.length > 0) wanted.has = has.join(',')
  return Object.keys(wanted).length === 0 ? null : wanted
}

/** Dates for people. All take RFC 3339 text; `now` is a parameter so that tests can fix it. */

const DAY_MS = 86_400_000

const formats = new Map<string, Intl.DateTimeFormat>()
function format(options: Intl.DateTimeFormatOptions, at: Date): string {
  const key = JSON.stringify(options)
  let found = formats.get(key)
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(undefined, options)))
  return found.format(at)
}

function startOfDay(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime()
}

/** Days from `at` to `now` on the calendar of this place: 0 is today. */
function daysAgo(at: Date, now: Date): number {
  // Rounded, since a day may have 23 or 25 hours.
  return Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS)
}

/** The local calendar day, for comparing. */
export function dayKey(iso: string): string {
  const at = new Date(iso)
  return `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`
}

/** "14:05", as the place has it. */
export function formatTime(iso: string): string {
  return format({ hour: '2-digit', minute: '2-digit' }, new Date(iso))
}

/** "Today", "Yesterday", "Monday", "12 March", "12 March 2024". */
export function formatDay(iso: string, now = new Date()): string {
  const at = new Date(iso)
  const days = daysAgo(at, now)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  if (days > 1 && days < 7) return format({ weekday: 'long' }, at)
  if (at.getFullYear() === now.getFullYear()) return format({ day: 'numeric', month: 'long' }, at)
  return format({ day: 'numeric', month: 'long', year: 'numeric' }, at)
}

/** The whole truth, for tooltips. */
export function formatFull(iso: string): string {
  return format({ dateStyle: 'full', timeStyle: 'medium' }, new Date(iso))
}

/** "just now", "5 minutes ago", "yesterday", "12 March". */
export function formatRelative(iso: string, now = new Date()): string {
  const at = new Date(iso)
  const minutes = Math.floor((now.getTime() - at.getTime()) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return minutes === 1 ? '1 minute ago' : `${minutes} minutes ago`
  const days = daysAgo(at, now)
  if (days === 0) {
    const hours = Math.floor(minutes / 60)
    return hours === 1 ? '1 hour ago' : `${hours} hours ago`
  }
  if (days === 1) return 'yesterday'
  return days < 7 ? `${days} days ago` : formatDay(iso, now)
}

import { fileURLToPath } from 'node:url'

export const web = fileURLToPath(new URL('../..', import.meta.url))
/** Screenshots, and what helps when a test fails. */
export const output = fileURLToPath(new URL('../output', import.meta.url))
export const binary =
  process.env.HALLWAY_BIN ?? fileURLToPath(new URL('../../../target/debug/hallway', import.meta.url))
export const browserPath = process.env.CHROMIUM ?? '/usr/bin/chromium'
